import { stat } from "node:fs/promises";
import {
  findReferenceHint,
  formatReference,
  type Reference,
  ReferenceSyntaxError,
  RegistryError,
  withDefaultTag,
} from "../../../registry/mod.ts";
import { parsePlace } from "./place_text.ts";

/** What a command takes: repositories of registries, or files and the daemon as well. */
export type PlacesTaken = "repositories" | "images anywhere";

/**
 * The error of a command, with what the places that it was given were taken for: a name without a host is one of Docker Hub's, and who
 * wrote it may have meant a host or a file. Anything but an error of a registry or a reference stays as it is.
 */
export async function explainPlaces(error: unknown, texts: readonly string[], taken: PlacesTaken): Promise<unknown> {
  if (error instanceof ReferenceSyntaxError) {
    const text = texts.find((one) => tryParse(one) === undefined);
    const remark = text === undefined ? undefined : await findMistake(text, taken);
    if (text === undefined || remark === undefined) return error;
    return new ReferenceSyntaxError(error.code, text, `${error.found}; ${remark}`);
  }
  if (!(error instanceof RegistryError)) return error;
  const remarks = await findRemarks(texts, taken);
  if (remarks === "") return error;
  const { code, status, retryable, retryAfterMs, detail } = error;
  const more = { status, retryable, detail, cause: error, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
  return new RegistryError(code, `${error.message}${remarks}`, more);
}

/** What was written otherwise than it was taken for; undefined for a name with its host. */
export async function findMistake(text: string, taken: PlacesTaken): Promise<string | undefined> {
  const hint = findReferenceHint(text);
  if (hint !== undefined) return hint;
  const reference = tryParse(text);
  const bare = text.replace(/^https?:\/\//, "");
  const isWhole = reference !== undefined && bare.startsWith(`${reference.domain}/`);
  if (isWhole) return undefined;
  const meant = await findMeant(text, taken);
  const takenFor =
    reference === undefined ? [] : [`"${text}" was taken for ${formatReference(withDefaultTag(reference))}`];
  return [...takenFor, ...(meant === undefined ? [] : [meant])].join("; ") || undefined;
}

async function findMeant(text: string, taken: PlacesTaken): Promise<string | undefined> {
  const isOther = /^(oci|oci-archive|docker-archive|docker-daemon):/.test(text);
  const found = isOther ? undefined : await stat(text).catch(() => undefined);
  if (!isOther && found === undefined) return undefined;
  if (taken === "repositories")
    return "expected a repository of a registry; files and the daemon are for registry copy";
  return found?.isDirectory()
    ? `did you mean "oci:${text}"?`
    : `did you mean "docker-archive:${text}" or "oci-archive:${text}"?`;
}

async function findRemarks(texts: readonly string[], taken: PlacesTaken): Promise<string> {
  const remarks = await Promise.all(texts.map((text) => findMistake(text, taken)));
  return remarks.flatMap((remark) => (remark === undefined ? [] : [`; ${remark}`])).join("");
}

function tryParse(text: string): Reference | undefined {
  try {
    return parsePlace(text).reference;
  } catch {
    return undefined;
  }
}
