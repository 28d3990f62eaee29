import * as v from "valibot";
import { parseReference, ReferenceSyntaxError } from "../../../registry/mod.ts";
import { digestOf, meansImage, type NamedImage, toFullName } from "../image_name.ts";

const value = v.pipe(v.string(), v.nonEmpty());
const since = { pinnedAtMs: v.optional(v.number()) };

/** What keeps images from being collected, until it is taken away. */
export const pinSchema = v.variant("kind", [
  /** One name of an image. */
  v.object({ kind: v.literal("name"), value, ...since }),
  /** All names that begin so. */
  v.object({ kind: v.literal("prefix"), value, ...since }),
  /** All images with a label: `key`, or `key=value`. */
  v.object({ kind: v.literal("label"), value, ...since }),
  /** The image with this id, or an id that begins so, or that a registry has by this digest. */
  v.object({ kind: v.literal("digest"), value, ...since }),
]);

/** See {@link pinSchema}. */
export type Pin = v.InferOutput<typeof pinSchema> & {
  /** The field of the configuration that says it; absent for those that are kept in a file of their own. */
  readonly statedIn?: string;
};

/** An image as pins see it. */
export interface PinnableImage extends NamedImage {
  readonly labels: Readonly<Record<string, string>>;
}

/**
 * The pin that a text means: a digest alone, an image's id or the beginning of one as listings print it, or the name of an image.
 * What may be such a beginning means a repository of that name as well. Throws ReferenceSyntaxError.
 */
export function parsePin(text: string): Pin {
  const digest = digestOf(text);
  if (digest === text) return { kind: "digest", value: digest };
  if (/^[0-9a-f]{64}$/.test(text)) return { kind: "digest", value: `sha256:${text}` };
  if (/^[0-9a-f]{12,63}$/.test(text)) return { kind: "digest", value: text };
  // It would be read as the tag of a repository of that name, and keep nothing.
  if (/^sha(?:256|512):[0-9a-f]+$/.test(text)) {
    throw new ReferenceSyntaxError("digest", text, "found a part of a digest, expected all of it");
  }
  parseReference(text);
  return { kind: "name", value: toFullName(text) };
}

/** Whether the text of a pin by prefix or label says anything: an empty one, or a label without a key, would keep nothing. */
export function isPinText(text: string): boolean {
  return text !== "" && !text.startsWith("=");
}

/** Two pins that say the same have one key. */
export function pinKey({ kind, value: said }: Pin): string {
  return `${kind} ${kind === "prefix" ? toFullPrefix(said) : said}`;
}

/** Whether a pin keeps an image. */
export function isPinnedBy(pin: Pin, image: PinnableImage): boolean {
  switch (pin.kind) {
    case "name":
    case "digest":
      return meansImage(pin.value, image);
    case "prefix": {
      const prefix = toFullPrefix(pin.value);
      return [...image.names, ...image.digests].some((name) => toFullName(name).startsWith(prefix));
    }
    case "label": {
      const at = pin.value.indexOf("=");
      const key = at < 0 ? pin.value : pin.value.slice(0, at);
      const found = Object.hasOwn(image.labels, key) ? image.labels[key] : undefined;
      return found !== undefined && (at < 0 || found === pin.value.slice(at + 1));
    }
  }
}

/** For people, e.g. `prefix registry.lab:5000/team/`. */
export function describePin({ kind, value: said, statedIn }: Pin): string {
  return `${kind} ${said}${statedIn === undefined ? "" : ` (${statedIn})`}`;
}

/** A pin for programs. */
export function toPinJson({ kind, value: said, statedIn }: Pin): object {
  return { kind, value: said, ...(statedIn === undefined ? {} : { statedIn }) };
}

/** `team/` is Docker Hub's, `lab:5000/` is not; `redis` is all official images that begin so. */
export function toFullPrefix(text: string): string {
  const slash = text.indexOf("/");
  const first = text.slice(0, Math.max(0, slash));
  if (/[.:]/.test(first) || first === "localhost") return text.replace(/^index\.docker\.io\//, "docker.io/");
  return slash < 0 ? `docker.io/library/${text}` : `docker.io/${text}`;
}
