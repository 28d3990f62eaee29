import type { Registry } from "../registry.ts";
import { isRegistryError } from "../registry_error.ts";
import type { RegistryRequest } from "../requests/request.ts";
import { formatContentRange, outOfRange, parseRangeHeader } from "../values/byte_range.ts";
import type { Descriptor } from "../values/descriptor.ts";
import type { Digest } from "../values/digest.ts";
import { type Answer, emptyAnswer, errorAnswer, type Incoming } from "./answer.ts";
import { contentHeaders, unchangedAnswer } from "./content_headers.ts";

type BlobRequest = Extract<RegistryRequest, { kind: "blob_get" | "blob_head" | "blob_delete" }>;

/** Answers about blobs: contract I.3, "Blob tests" and "ranges". */
export async function answerBlob(registry: Registry, request: BlobRequest, incoming: Incoming): Promise<Answer> {
  const { repository, digest, kind } = request;
  const { signal } = incoming;
  switch (kind) {
    case "blob_head":
      return { status: 200, headers: describe(await registry.statBlob(repository, digest, { signal })) };
    case "blob_delete":
      await registry.deleteBlob(repository, digest, { signal });
      return emptyAnswer(202);
    case "blob_get":
      return await getBlob(registry, repository, digest, incoming);
  }
}

async function getBlob(
  registry: Registry,
  repository: string,
  digest: Digest,
  { headers, signal }: Incoming,
): Promise<Answer> {
  const range = parseRangeHeader(headers.range ?? "");
  if (range === "invalid") {
    return refuseRange(await registry.statBlob(repository, digest, { signal }));
  }
  if (headers["if-none-match"] === `"${digest}"`) {
    return unchangedAnswer(describe(await registry.statBlob(repository, digest, { signal })));
  }
  let content: Awaited<ReturnType<Registry["getBlob"]>>;
  try {
    content = await registry.getBlob(repository, digest, { signal, lend: true, ...(range && { range }) });
  } catch (error) {
    if (!isRegistryError(error, "RANGE_INVALID")) throw error;
    return refuseRange(await registry.statBlob(repository, digest, { signal }));
  }
  const { descriptor, span, body } = content;
  const release = () => content[Symbol.asyncDispose]();
  if (content.length === "unknown") {
    const { "content-length": _, ...rest } = contentHeaders(descriptor);
    return { status: 200, headers: rest, body, release };
  }
  if (span === undefined) return { status: 200, headers: describe(descriptor), body, release };
  const length = String(span.last - span.first + 1);
  const part = { "content-range": formatContentRange(span, descriptor.size), "content-length": length };
  return { status: 206, headers: { ...describe(descriptor), ...part }, body, release };
}

function describe(descriptor: Descriptor): Record<string, string> {
  return { ...contentHeaders(descriptor), "accept-ranges": "bytes" };
}

function refuseRange(descriptor: Descriptor): Answer {
  return errorAnswer(outOfRange(descriptor), { "content-range": `bytes */${descriptor.size}` });
}
