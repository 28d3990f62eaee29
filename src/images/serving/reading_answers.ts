import { type Answer, type BesideRequest, RegistryError } from "../../../registry/mod.ts";

/** A text that is looked at beside the registry. */
export interface ReadText {
  readonly contentType: string;
  readonly text: string;
  /** 200 unless given. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Writes what is at a path; `undefined` when there is nothing. */
export type Reading = (request: BesideRequest) => Promise<ReadText | undefined>;

/** Answers paths of the table by GET and HEAD. */
export function readingAnswers(
  table: Readonly<Record<string, Reading>>,
): (path: string) => ((request: BesideRequest) => Promise<Answer>) | undefined {
  return (path) => {
    const read = Object.hasOwn(table, path) ? table[path] : undefined;
    return read && ((request) => answer(path, read, request));
  };
}

async function answer(path: string, read: Reading, request: BesideRequest): Promise<Answer> {
  const { method } = request;
  if (method !== "GET" && method !== "HEAD") {
    throw new RegistryError("UNSUPPORTED", `Cannot ${method} "${path}": it can only be read`);
  }
  const found = await read(request);
  if (!found) throw new RegistryError("NAME_UNKNOWN", `Cannot find "${path}": it is not there`);
  const body = new TextEncoder().encode(found.text);
  const headers = {
    "content-type": found.contentType,
    "content-length": String(body.byteLength),
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    ...found.headers,
  };
  return { status: found.status ?? 200, headers, body };
}
