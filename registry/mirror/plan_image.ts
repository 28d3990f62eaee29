import { signalOf } from "../call.ts";
import type { ManifestContent, Registry, RegistryLister, RegistryReader } from "../registry.ts";
import { RegistryError } from "../registry_error.ts";
import type { Descriptor } from "../values/descriptor.ts";
import type { Digest } from "../values/digest.ts";
import { parseManifest } from "../values/manifest.ts";
import { isForeignLayer } from "../values/media_type.ts";
import { assertOffered, chooseChildren } from "./children.ts";
import type { CopyOptions } from "./copy_image.ts";
import { hasBlob, hasManifest, type Place } from "./presence.ts";
import { eachAtOnce } from "./work_list.ts";

/** Questions at once about one image. */
const questionsAtOnce = 4;

/** How a copy is planned. */
export interface PlanOptions extends Pick<CopyOptions, "platforms" | "name" | "referrers" | "signal"> {
  /** What is known to be missing, by plans before: it is neither looked for nor told of again. */
  readonly known?: Set<Digest>;
  /** Whether blobs that are missing are looked for at the source as well, which is a question each; an error tells of one that is not right. */
  readonly checksSource?: boolean;
}

/** Blobs and manifests that a copy would move, without moving them. */
export async function planImage(
  source: Place<RegistryReader & RegistryLister>,
  target: Place<Registry>,
  wanted: string,
  options: PlanOptions = {},
): Promise<{ digest: Digest; missing: readonly Descriptor[] }> {
  const { registry, repository } = source;
  const { platforms, referrers, known = new Set(), checksSource = false } = options;
  const content = await registry.getManifest(repository, wanted, signalOf(options));
  assertOffered(parseManifest(content.bytes, content.descriptor.mediaType), platforms, options.name ?? wanted);
  const missing: Descriptor[] = [];
  const look = async (child: Descriptor, has: typeof hasBlob): Promise<"missing" | "known"> => {
    if (known.has(child.digest)) return "known";
    known.add(child.digest);
    if (await has(target, child.digest, options)) return "known";
    missing.push(child);
    return "missing";
  };
  const lookForBlob = async (blob: Descriptor): Promise<void> => {
    const found = await look(blob, hasBlob);
    if (found === "missing" && checksSource) await assertGiven(source, blob, options);
  };
  const visit = async ({ bytes, descriptor }: ManifestContent): Promise<void> => {
    const manifest = parseManifest(bytes, descriptor.mediaType);
    const children = chooseChildren(manifest, platforms);
    await look(descriptor, hasManifest);
    if (manifest.kind === "index") for (const { digest } of children) await read(digest);
    else {
      const blobs = children.filter(({ mediaType }) => !isForeignLayer(mediaType));
      await eachAtOnce(blobs, questionsAtOnce, lookForBlob);
    }
    if (referrers !== "copied") return;
    for await (const { digest } of registry.listReferrers(repository, descriptor.digest, signalOf(options))) {
      await read(digest);
    }
  };
  const read = async (digest: Digest) => {
    if (!known.has(digest)) await visit(await registry.getManifest(repository, digest, signalOf(options)));
  };
  await visit(content);
  return { digest: content.descriptor.digest, missing };
}

/** A blob that a source has in another size is none that can be copied. BLOB_UNKNOWN, CORRUPT. */
async function assertGiven(
  { registry, repository }: Place<RegistryReader>,
  { digest, size }: Descriptor,
  options: PlanOptions,
): Promise<void> {
  const found = await registry.statBlob(repository, digest, signalOf(options));
  if (found.size === size) return;
  const what = `Cannot copy "${options.name ?? digest}"`;
  throw new RegistryError("CORRUPT", `${what}: blob "${digest}" has ${found.size} bytes, expected ${size}`);
}
