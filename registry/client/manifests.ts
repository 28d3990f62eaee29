import type { CallOptions, ManifestContent, PushedManifest, PushManifestOptions } from "../registry.ts";
import { ifThere, isRegistryError, RegistryError } from "../registry_error.ts";
import { isDigestTarget } from "../requests/parse_request.ts";
import type { Descriptor } from "../values/descriptor.ts";
import { algorithmOf, type Digest, digestOf, isDigest } from "../values/digest.ts";
import { largestManifestBytes, parseManifest } from "../values/manifest.ts";
import { acceptedManifests } from "../values/media_type.ts";
import { readBytes } from "./capped_body.ts";
import type { HttpResponse } from "./http/transport.ts";
import type { RegistryConnection } from "./registry_connection.ts";

/** Any type is taken after those that we know: artifacts have their own, and a refusal then has a clear text. */
const accept = [...acceptedManifests, "*/*;q=0.1"].join(", ");

/**
 * Reads a manifest and believes nothing: not the digest that was asked for, not the one in the header, not the type
 * (contract B.3, J 34, J 35).
 */
export async function readManifest(
  connection: RegistryConnection,
  repository: string,
  target: string,
  options: CallOptions,
): Promise<ManifestContent> {
  const request = { kind: "manifest_get", repository, target } as const;
  const response = await connection.ask(request, [200], { ...options, headers: { accept } });
  const { "content-type": contentType = "", "docker-content-digest": stated } = response.headers;
  const bytes = await readBytes(response, largestManifestBytes);
  const { mediaType } = parseManifest(bytes, contentType);
  const expected = isDigestTarget(target) ? target : stated;
  const digest =
    expected !== undefined && isDigest(expected) ? digestOf(bytes, algorithmOf(expected)) : digestOf(bytes);
  for (const promised of isDigestTarget(target) ? [target, stated] : [stated]) {
    if (promised !== undefined && isComparable(promised, digest) && promised !== digest) {
      const found = `found content of digest ${digest} instead of ${promised}`;
      throw new RegistryError("CORRUPT", `Cannot read manifest "${target}" of "${repository}": ${found}`);
    }
  }
  return { bytes, descriptor: { mediaType: contentType || mediaType, digest, size: bytes.byteLength } };
}

/** A header in another algorithm than was asked for says nothing about these bytes. */
function isComparable(promised: string, digest: Digest): boolean {
  return !isDigest(promised) || algorithmOf(promised) === algorithmOf(digest);
}

/** HEAD of a manifest; the manifest itself where HEAD is refused or says too little (contract B.3). */
export async function statRemoteManifest(
  connection: RegistryConnection,
  repository: string,
  target: string,
  options: CallOptions,
): Promise<Descriptor> {
  const request = { kind: "manifest_head", repository, target } as const;
  const found = await headManifest(connection, request, options);
  if (found !== undefined) return found;
  const { descriptor } = await readManifest(connection, repository, target, options);
  return descriptor;
}

async function headManifest(
  connection: RegistryConnection,
  request: { kind: "manifest_head"; repository: string; target: string },
  options: CallOptions,
): Promise<Descriptor | undefined> {
  await using response = await connection.ask(request, [200, 405], { ...options, headers: { accept } });
  return response.status === 405 ? undefined : toDescriptor(request.target, response);
}

function toDescriptor(target: string, { headers }: HttpResponse): Descriptor | undefined {
  const { "content-type": mediaType = "", "content-length": length = "", "docker-content-digest": stated } = headers;
  const digest = isDigestTarget(target) ? target : stated;
  if (digest === undefined || !isDigest(digest) || mediaType === "" || !/^\d{1,9}$/.test(length)) return undefined;
  return { mediaType, digest, size: Number(length) };
}

/**
 * Writes a manifest: in one request where the registry takes several tags in one, in one per tag where it does not
 * (contract B.6).
 */
export async function pushRemoteManifest(
  connection: RegistryConnection,
  repository: string,
  bytes: Uint8Array,
  options: PushManifestOptions,
): Promise<PushedManifest> {
  const { tags = [], mediaType, signal } = options;
  const digest = digestOf(bytes, options.digest && algorithmOf(options.digest));
  if (options.digest !== undefined && options.digest !== digest) {
    const found = `found content of digest ${digest}`;
    throw new RegistryError("DIGEST_INVALID", `Cannot write manifest "${options.digest}": ${found}`);
  }
  const put = async (target: string, more: readonly string[]) => {
    const request = { kind: "manifest_put", repository, target, ...(more.length > 0 && { tags: more }) } as const;
    await using response = await connection.ask(request, [201, 200, 202], {
      headers: { "content-type": mediaType },
      body: { bytes },
      ...(signal && { signal }),
    });
    return response.headers;
  };
  const [first] = tags;
  const single = tags.length === 1 && first !== undefined && algorithmOf(digest) === "sha256";
  const headers = single ? await put(first, []) : await put(digest, tags);
  const set = new Set(single ? tags : (headers["oci-tag"] ?? "").split(/[\s,]+/));
  for (const tag of tags) if (!set.has(tag)) await put(tag, []);
  const subject = headers["oci-subject"];
  return {
    descriptor: { mediaType, digest, size: bytes.byteLength },
    ...(subject !== undefined && isDigest(subject) && { subject }),
    tags: [...tags],
  };
}

/** Deletes a tag, or by a digest a manifest with all its tags. */
export async function deleteRemote(
  connection: RegistryConnection,
  repository: string,
  target: string,
  options: CallOptions,
): Promise<void> {
  const request = { kind: "manifest_delete", repository, target } as const;
  await using _answer = await connection.ask(request, [202, 200, 204], options);
}

/**
 * Deletes a tag. Distribution before 3 knows digests alone, and takes every tag for a wrong one: what it is then is told, since other
 * tags may be of the same manifest, which would be lost with it.
 */
export async function deleteRemoteTag(
  connection: RegistryConnection,
  repository: string,
  tag: string,
  options: CallOptions,
): Promise<void> {
  try {
    await deleteRemote(connection, repository, tag, options);
  } catch (cause) {
    if (!isRegistryError(cause, "DIGEST_INVALID")) throw cause;
    const there = await ifThere(statRemoteManifest(connection, repository, tag, options));
    if (there === undefined) {
      throw new RegistryError("MANIFEST_UNKNOWN", `Cannot delete tag "${tag}" of "${repository}": it is not there`, {
        cause,
      });
    }
    const found = `this registry deletes by digest only; "${repository}@${there.digest}" is the manifest with all its tags`;
    throw new RegistryError("UNSUPPORTED", `Cannot delete tag "${tag}" of "${repository}": ${found}`, { cause });
  }
}
