import { randomUUID } from "node:crypto";
import { signalOf } from "../call.ts";
import type { CallOptions, ManifestContent, Registry } from "../registry.ts";
import { ifThere, isRegistryError, RegistryError } from "../registry_error.ts";
import { Mutex } from "../store/mutex.ts";
import type { Digest } from "../values/digest.ts";
import { isBackupTag } from "./backup_tag.ts";
import type { MirrorStep } from "./mirror_job.ts";
import type { Place } from "./presence.ts";
import { readTagUses, type TagUse } from "./tag_uses.ts";

/** What a registry can delete. */
type Way = { kind: "tags" } | { kind: "manifests" } | { kind: "nothing"; error: RegistryError };

type Deletion = Extract<MirrorStep, { kind: "delete" }>;

/**
 * Deletes tags of a repository, each after its backup was pointed at what it was. A registry that deletes by digest only, as distribution
 * before 3, loses all tags of a manifest at once: there a manifest goes whose tags are all to go, and comes again by its backups.
 */
export class TagDeletions {
  readonly #target: Place<Registry>;
  readonly #deletions: readonly Deletion[];
  readonly #template: string | undefined;
  readonly #options: CallOptions;
  /** One manifest after the other: an index is not taken while one that it names is away. */
  readonly #manifests = new Mutex();
  #way: Promise<Way> | undefined;
  #uses: Promise<ReadonlyMap<string, TagUse>> | undefined;

  /** `deletions` are all that are to go, `template` is what their backups are called by. */
  constructor(
    target: Place<Registry>,
    deletions: readonly Deletion[],
    { template, signal }: CallOptions & { template?: string | undefined },
  ) {
    this.#target = target;
    this.#deletions = deletions;
    this.#template = template;
    this.#options = signal === undefined ? {} : { signal };
  }

  /** Why none of them can be done, if it is so. */
  async findRefusal(): Promise<RegistryError | undefined> {
    const [first, ...others] = this.#deletions;
    if (first === undefined) return undefined;
    const way = await this.#findWay();
    if (way.kind !== "nothing") return undefined;
    const more = others.length === 0 ? "" : `, and ${others.length} more,`;
    return this.#refuse(first, `this registry deletes nothing: ${way.error.message}`, more);
  }

  /** Nothing is left to do for a tag that somebody else has deleted. UNSUPPORTED where it cannot go without others; it has no backup then. */
  async delete(deletion: Deletion): Promise<void> {
    const { kind } = await this.#findWay();
    if (kind === "manifests") await this.#manifests.run(() => this.#deleteManifest(deletion));
    else await this.#deleteTag(deletion);
  }

  #findWay(): Promise<Way> {
    this.#way ??= findWay(this.#target, this.#options);
    return this.#way;
  }

  async #deleteTag({ tag, backup }: Deletion): Promise<void> {
    const { registry, repository } = this.#target;
    if (backup !== undefined) {
      const found = await this.#read(tag);
      if (found === undefined) return;
      const { mediaType, digest } = found.descriptor;
      await registry.pushManifest(repository, found.bytes, { mediaType, digest, tags: [backup], ...this.#options });
    }
    await ifThere(registry.deleteTag(repository, tag, this.#options));
  }

  async #deleteManifest(deletion: Deletion): Promise<void> {
    const { registry, repository } = this.#target;
    const found = await this.#read(deletion.tag);
    // One before may have been of the same manifest.
    if (found === undefined) return;
    const { digest, mediaType } = found.descriptor;
    this.#uses ??= readTagUses(this.#target, this.#options);
    const uses = await this.#uses;
    const others = this.#findOthers(uses, digest);
    if (others.length > 0) {
      const named = others.slice(0, 3).map((tag) => `"${tag}"`);
      const more = others.length > named.length ? ` and ${others.length - named.length} more` : "";
      const needed = `${named.join(", ")}${more} would lose "${repository}@${digest}" with it`;
      throw this.#refuse(deletion, `this registry deletes by digest only, and ${needed}`);
    }
    const tags = this.#backupsOf(uses, digest, deletion);
    await ifThere(registry.deleteManifest(repository, digest, this.#options));
    if (tags.length === 0) return;
    try {
      // Not to be interrupted: what is only half done would be lost.
      await registry.pushManifest(repository, found.bytes, { mediaType, digest, tags });
    } catch (error) {
      const { code, message } = RegistryError.from(error);
      const lost = `"${repository}@${digest}" is deleted, and could not be kept as "${tags.join('", "')}"`;
      throw new RegistryError(code, `Cannot keep tag "${deletion.tag}": ${lost}: ${message}`, { cause: error });
    }
  }

  #read(tag: string): Promise<ManifestContent | undefined> {
    const { registry, repository } = this.#target;
    return ifThere(registry.getManifest(repository, tag, this.#options));
  }

  /** Tags that stay, and lead to a manifest. */
  #findOthers(uses: ReadonlyMap<string, TagUse>, digest: Digest): string[] {
    const doomed = new Set(this.#deletions.map(({ tag }) => tag));
    return [...uses].flatMap(([tag, use]) => {
      const stays = !doomed.has(tag) && !this.#isBackup(tag);
      return stays && (use.digest === digest || use.names.has(digest)) ? [tag] : [];
    });
  }

  /** Backups of all tags that go with a manifest, and those that it has from runs before. */
  #backupsOf(uses: ReadonlyMap<string, TagUse>, digest: Digest, { tag, backup }: Deletion): string[] {
    const going = this.#deletions.filter((one) => one.tag !== tag && uses.get(one.tag)?.digest === digest);
    const kept = [...uses].flatMap(([one, use]) => (use.digest === digest && this.#isBackup(one) ? [one] : []));
    return [...new Set([backup, ...going.map((one) => one.backup), ...kept])].filter((one) => one !== undefined);
  }

  #isBackup(tag: string): boolean {
    return this.#template !== undefined && isBackupTag(this.#template, tag);
  }

  #refuse({ tag }: Deletion, found: string, more = ""): RegistryError {
    return new RegistryError(
      "UNSUPPORTED",
      `Cannot delete tag "${tag}"${more} of "${this.#target.repository}": ${found}`,
    );
  }
}

/** Asked by a tag that nobody has, before any backup is written that would then be one of nothing. */
async function findWay({ registry, repository }: Place<Registry>, options: CallOptions): Promise<Way> {
  try {
    await registry.deleteTag(repository, `no-such-tag-${randomUUID()}`, signalOf(options));
  } catch (error) {
    options.signal?.throwIfAborted();
    // A client says so of a tag that is there as well as of one that is not.
    if (isRegistryError(error) && isRegistryError(error.cause, "DIGEST_INVALID")) return { kind: "manifests" };
    if (isRegistryError(error, "UNSUPPORTED")) return { kind: "nothing", error };
  }
  // What else it says, it says again of the tag that is meant.
  return { kind: "tags" };
}
