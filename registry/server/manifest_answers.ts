import type { Registry } from "../registry.ts";
import { isDigestTarget } from "../requests/parse_request.ts";
import type { RegistryRequest } from "../requests/request.ts";
import type { Descriptor } from "../values/descriptor.ts";
import { parseAccept } from "./accept_header.ts";
import { type Answer, emptyAnswer, type Incoming, readWhole } from "./answer.ts";
import { contentHeaders, unchangedAnswer } from "./content_headers.ts";

type ManifestRequest = Extract<RegistryRequest, { kind: `manifest_${string}` }>;

/** Answers about manifests: contract I.3, "Manifest data sets". */
export async function answerManifest(
  registry: Registry,
  request: ManifestRequest,
  incoming: Incoming,
  maximumBytes: number,
): Promise<Answer> {
  const { repository, target } = request;
  const { signal, headers } = incoming;
  const accept = parseAccept(headers.accept);
  const reading = { signal, ...(accept && { accept }) };
  switch (request.kind) {
    case "manifest_head":
      return { status: 200, headers: describe(await registry.statManifest(repository, target, reading)) };
    case "manifest_get": {
      const { descriptor, bytes } = await registry.getManifest(repository, target, reading);
      const described = describe(descriptor);
      if (headers["if-none-match"] === described.etag) return unchangedAnswer(described);
      return { status: 200, headers: described, body: bytes };
    }
    case "manifest_delete":
      if (isDigestTarget(target)) await registry.deleteManifest(repository, target, { signal });
      else await registry.deleteTag(repository, target, { signal });
      return emptyAnswer(202);
    case "manifest_put": {
      const bytes = await readWhole(incoming, maximumBytes);
      const { tags = [] } = request;
      const named = isDigestTarget(target) ? { digest: target, tags } : { tags: [target, ...tags] };
      const mediaType = headers["content-type"] ?? "";
      const pushed = await registry.pushManifest(repository, bytes, { signal, mediaType, ...named });
      const { digest } = pushed.descriptor;
      return emptyAnswer(201, {
        location: `/v2/${repository}/manifests/${digest}`,
        "docker-content-digest": digest,
        ...(pushed.subject !== undefined && { "oci-subject": pushed.subject }),
        ...(tags.length > 0 && { "oci-tag": [...pushed.tags] }),
      });
    }
  }
}

/** Which form of an image a client is given may depend on what it reads. */
function describe(descriptor: Descriptor): Record<string, string> {
  return { ...contentHeaders(descriptor), vary: "Accept" };
}
