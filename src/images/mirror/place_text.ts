import { findReferenceHint, parseReference, type Reference, ReferenceSyntaxError } from "../../../registry/mod.ts";

/** What a place is written as: the scheme where it is said, and an image or a repository. */
export interface PlaceText {
  readonly scheme?: "http" | "https";
  readonly reference: Reference;
}

/** Reads `[http://]host/repository[:tag][@digest]`, or a name of Docker Hub's. Throws ReferenceSyntaxError. */
export function parsePlace(text: string): PlaceText {
  const [, scheme, rest = text] = /^(https?):\/\/(.*)$/s.exec(text) ?? [];
  const reference = parseReference(rest);
  return { ...(scheme === "http" || scheme === "https" ? { scheme } : {}), reference };
}

/** What is expected of a text that is no repository, or is an image; undefined when it is a repository. */
export function findRepositoryExpectation(text: string): string | undefined {
  try {
    const { tag, digest } = parsePlace(text).reference;
    if (tag === undefined && digest === undefined) return undefined;
    const found = tag === undefined ? "it names a digest" : `it names tag "${tag}"`;
    return `a repository alone: ${findReferenceHint(text) ?? `${found}, but what is copied is said under "tags"`}`;
  } catch (error) {
    if (!(error instanceof ReferenceSyntaxError)) throw error;
    return `a repository such as docker.io/library/redis: ${error.found}`;
  }
}
