import type { CallOptions, RegistryLister, RegistryReader } from "../registry.ts";
import { ifThere } from "../registry_error.ts";
import type { Digest } from "../values/digest.ts";
import { parseManifest } from "../values/manifest.ts";
import { manifestKindOf } from "../values/media_type.ts";
import type { Place } from "./presence.ts";
import { eachAtOnce } from "./work_list.ts";

/** Tags that are asked about at once. */
const questionsAtOnce = 8;

/** What a tag leads to. */
export interface TagUse {
  readonly digest: Digest;
  /** Manifests that it names, directly or by indexes in it. */
  readonly names: ReadonlySet<Digest>;
}

/** What each tag of a repository leads to: a HEAD for each, and a GET for each index. */
export async function readTagUses(
  { registry, repository }: Place<RegistryReader & RegistryLister>,
  options: CallOptions,
): Promise<ReadonlyMap<string, TagUse>> {
  const tags = await Array.fromAsync(registry.listTags(repository, options));
  const uses = new Map<string, TagUse>();
  await eachAtOnce(tags, questionsAtOnce, async (tag) => {
    const found = await ifThere(registry.statManifest(repository, tag, options));
    if (found === undefined) return;
    const names = new Set<Digest>();
    const pending = [found];
    for (let one = pending.pop(); one !== undefined; one = pending.pop()) {
      if (manifestKindOf(one.mediaType) !== "index") continue;
      const content = await ifThere(registry.getManifest(repository, one.digest, options));
      const manifest = content && parseManifest(content.bytes, content.descriptor.mediaType);
      if (manifest?.kind !== "index") continue;
      for (const child of manifest.manifests) {
        if (names.has(child.digest)) continue;
        names.add(child.digest);
        pending.push(child);
      }
    }
    uses.set(tag, { digest: found.digest, names });
  });
  return uses;
}
