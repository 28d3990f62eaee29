import { createHash, type Hash } from "node:crypto";
import { RegistryError } from "../registry_error.ts";
import { quoted } from "./quoted.ts";

/** Lengths in hex digits of the algorithms that content may be addressed by (contract A.1). */
const hexLengths = { sha256: 64, sha384: 96, sha512: 128 } as const;

/** A registered digest algorithm. */
export type DigestAlgorithm = keyof typeof hexLengths;

/** Identity of content: algorithm, colon, lower-case hex of its exact length. Made by {@link parseDigest} or a digester. */
export type Digest = `${DigestAlgorithm}:${string}`;

/** Whether `text` names an algorithm that digests here may use. */
export function isDigestAlgorithm(text: string): text is DigestAlgorithm {
  return Object.hasOwn(hexLengths, text);
}

/** Whether `text` is a digest in its only legal spelling. */
export function isDigest(text: string): text is Digest {
  return findDigestFault(text) === undefined;
}

/** Reads a digest. Throws DIGEST_INVALID that says which part is wrong. */
export function parseDigest(text: string): Digest {
  const fault = findDigestFault(text);
  if (fault !== undefined) throw new RegistryError("DIGEST_INVALID", `Cannot parse digest ${quoted(text)}: ${fault}`);
  return text as Digest;
}

/** Why `text` is no digest; undefined when it is one. */
export function findDigestFault(text: string): string | undefined {
  const colon = text.indexOf(":");
  if (colon < 1) return "found no algorithm before a colon";
  const algorithm = text.slice(0, colon);
  if (!isDigestAlgorithm(algorithm)) return `found algorithm ${quoted(algorithm)}, expected sha256, sha384 or sha512`;
  const hex = text.slice(colon + 1);
  if (!/^[0-9a-f]*$/.test(hex)) return "found something else than lower-case hex digits";
  const expected = hexLengths[algorithm];
  return hex.length === expected ? undefined : `found ${hex.length} hex digits, expected ${expected}`;
}

/** Algorithm of a digest. */
export function algorithmOf(digest: Digest): DigestAlgorithm {
  return digest.slice(0, digest.indexOf(":")) as DigestAlgorithm;
}

/** Hex of a digest, without its algorithm. */
export function hexOf(digest: Digest): string {
  return digest.slice(digest.indexOf(":") + 1);
}

/** Hashes a stream piece by piece; no byte is kept. */
export interface Digester {
  readonly algorithm: DigestAlgorithm;
  /** Bytes hashed so far. */
  readonly size: number;
  update(bytes: Uint8Array): void;
  /** Digest of what was hashed so far; more may follow. */
  digest(): Digest;
}

/** A new digester of `algorithm`. */
export function createDigester(algorithm: DigestAlgorithm = "sha256"): Digester {
  return new HashDigester(algorithm);
}

/** Digest of bytes at hand. */
export function digestOf(bytes: Uint8Array, algorithm: DigestAlgorithm = "sha256"): Digest {
  return `${algorithm}:${createHash(algorithm).update(bytes).digest("hex")}`;
}

class HashDigester implements Digester {
  readonly algorithm: DigestAlgorithm;
  readonly #hash: Hash;
  #size = 0;

  constructor(algorithm: DigestAlgorithm) {
    this.algorithm = algorithm;
    this.#hash = createHash(algorithm);
  }

  get size(): number {
    return this.#size;
  }

  update(bytes: Uint8Array): void {
    this.#hash.update(bytes);
    this.#size += bytes.byteLength;
  }

  digest(): Digest {
    return `${this.algorithm}:${this.#hash.copy().digest("hex")}`;
  }
}
