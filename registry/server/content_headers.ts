import type { Descriptor } from "../values/descriptor.ts";
import type { Answer } from "./answer.ts";

/** The headers that say what a manifest or a blob is (contract I.3). */
export function contentHeaders({ mediaType, digest, size }: Descriptor): Record<string, string> {
  return {
    "content-type": mediaType,
    "content-length": String(size),
    "docker-content-digest": digest,
    etag: `"${digest}"`,
  };
}

/** The answer to one who has the content already: its headers but the length, for nothing follows. */
export function unchangedAnswer({ "content-length": _, ...headers }: Record<string, string>): Answer {
  return { status: 304, headers };
}
