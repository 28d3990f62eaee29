import { type Digest, findDigestFault } from "./digest.ts";
import { isMediaType } from "./media_type.ts";
import type { Platform } from "./platform.ts";
import { quoted } from "./quoted.ts";

/** What content is, how to check it and how much there is of it; spelled as in manifests (image-spec descriptor.md). */
export interface Descriptor {
  readonly mediaType: string;
  readonly digest: Digest;
  /** Bytes: exactly that many belong to the content. */
  readonly size: number;
  /** Other places to fetch it from. */
  readonly urls?: readonly string[];
  readonly annotations?: Readonly<Record<string, string>>;
  /** The content itself in base64, when it is small. */
  readonly data?: string;
  readonly artifactType?: string;
  readonly platform?: Platform;
}

/**
 * Checks a descriptor that came as JSON and gives it with the fields that are known. Throws SyntaxError that says what is
 * wrong with it; `where` names it, such as `layers[2]`.
 */
export function toDescriptor(value: unknown, where: string): Descriptor {
  const fail = (found: string): never => {
    throw new SyntaxError(`${where} ${found}`);
  };
  if (!isRecord(value)) return fail("is no object");
  const { mediaType, digest, size, urls, annotations, data, artifactType, platform } = value;
  if (typeof mediaType !== "string" || !isMediaType(mediaType)) return fail("has no media type");
  if (typeof digest !== "string") return fail("has no digest");
  const fault = findDigestFault(digest);
  if (fault !== undefined) return fail(`has digest ${quoted(digest)}: ${fault}`);
  if (typeof size !== "number" || !Number.isSafeInteger(size) || size < 0) return fail("has no size in bytes");
  return {
    mediaType,
    digest: digest as Digest,
    size,
    ...(isStringArray(urls) && { urls }),
    ...(isStringRecord(annotations) && { annotations }),
    ...(typeof data === "string" && { data }),
    ...(typeof artifactType === "string" && artifactType !== "" && { artifactType }),
    ...(platform !== undefined && platform !== null && { platform: toPlatform(platform, `${where}.platform`) }),
  };
}

function toPlatform(value: unknown, where: string): Platform {
  if (!isRecord(value) || typeof value.os !== "string" || typeof value.architecture !== "string") {
    throw new SyntaxError(`${where} has no os and architecture`);
  }
  const features = value["os.features"];
  return {
    os: value.os,
    architecture: value.architecture,
    ...(typeof value.variant === "string" && value.variant !== "" && { variant: value.variant }),
    ...(typeof value["os.version"] === "string" && { "os.version": value["os.version"] }),
    ...(isStringArray(features) && { "os.features": features }),
  };
}

/** Whether `value` is a JSON object. */
export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Whether `value` is a JSON object of strings. */
export function isStringRecord(value: unknown): value is Record<string, string> {
  return isRecord(value) && Object.values(value).every((one) => typeof one === "string");
}

function isStringArray(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((one) => typeof one === "string");
}
