import { type Digest, findDigestFault } from "./digest.ts";
import { findRepositoryFault, isTag, longestRepository, tagRule } from "./name.ts";
import { quoted } from "./quoted.ts";

/** The domain that a reference without one belongs to. */
export const dockerHub = "docker.io";

/** An image's name after normalisation (contract A.2). With tag and digest, the digest is what is fetched. */
export interface Reference {
  /** Host with its port if any; case as it was written. */
  readonly domain: string;
  /** Repository's path at that domain, `library/` included. */
  readonly repository: string;
  readonly tag?: string;
  readonly digest?: Digest;
}

/**
 * Why a reference cannot be meant (contract A.1, A.2).
 *
 * - `image_id`: 64 hex digits, which name an image and no repository
 * - `uppercase`: a repository in upper case, which nothing but the domain and the tag may be
 * - `too_long`: a repository above 255 characters
 * - `digest`: a digest of unknown algorithm, wrong length or wrong case
 * - `format`: everything else
 */
export type ReferenceFault = "image_id" | "uppercase" | "too_long" | "digest" | "format";

/** A text that is no image reference. */
export class ReferenceSyntaxError extends Error {
  override readonly name = "ReferenceSyntaxError";
  readonly code: ReferenceFault;
  /** What is wrong with it, in words. */
  readonly found: string;

  constructor(code: ReferenceFault, text: string, found: string) {
    super(`Cannot parse reference ${quoted(text)}: ${found}`);
    this.code = code;
    this.found = found;
  }
}

/** Reads a reference and normalises its name. No default tag is added: see {@link withDefaultTag}. */
export function parseReference(text: string): Reference {
  const fail = (code: ReferenceFault, found: string): never => {
    throw new ReferenceSyntaxError(code, text, found);
  };
  if (/^[0-9a-f]{64}$/.test(text)) fail("image_id", "found 64 hex digits, which are an image's id and no name");
  if (text === "") fail("format", "found nothing");
  if (/\s/.test(text)) fail("format", "found white space");
  if (text.includes("://")) fail("format", "found a scheme, expected a name that begins with the host");
  if (/^\[[^/]*$/.test(text)) fail("format", "found a host without a repository, expected a slash and its path");
  const { domain, rest } = splitDomain(text);
  const { path, tag, digest } = splitSuffixes(rest, fail);
  const repository = domain === dockerHub && !path.includes("/") ? `library/${path}` : path;
  if (repository !== repository.toLowerCase()) {
    fail("uppercase", `found upper case in repository ${quoted(repository)}, expected lower case`);
  }
  const domainFault = findDomainFault(domain);
  if (domainFault !== undefined) fail("format", domainFault);
  const repositoryFault = findRepositoryFault(repository);
  if (repositoryFault !== undefined) {
    fail(repository.length > longestRepository ? "too_long" : "format", repositoryFault);
  }
  return { domain, repository, ...(tag !== undefined && { tag }), ...(digest !== undefined && { digest }) };
}

/** Step 2 and 3 of contract A.2: what is left of the first slash is a domain only if it looks like one. */
function splitDomain(text: string): { domain: string; rest: string } {
  const slash = text.indexOf("/");
  const left = text.slice(0, Math.max(0, slash));
  const isDomain = /[.:]/.test(left) || left === "localhost" || left !== left.toLowerCase();
  if (!isDomain) return { domain: dockerHub, rest: text };
  return { domain: left === "index.docker.io" ? dockerHub : left, rest: text.slice(slash + 1) };
}

function splitSuffixes(rest: string, fail: (code: ReferenceFault, found: string) => never) {
  const at = rest.indexOf("@");
  const named = at < 0 ? rest : rest.slice(0, at);
  const colon = named.indexOf(":");
  const tag = colon < 0 ? undefined : named.slice(colon + 1);
  if (tag !== undefined && !isTag(tag)) fail("format", `found tag ${quoted(tag)}, ${tagRule}`);
  const path = colon < 0 ? named : named.slice(0, colon);
  const digest = at < 0 ? undefined : rest.slice(at + 1);
  if (digest !== undefined) {
    if (!/^[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9A-Fa-f]{32,}$/.test(digest)) {
      fail("format", `found digest ${quoted(digest)}, expected an algorithm, a colon and at least 32 hex digits`);
    }
    const fault = findDigestFault(digest);
    if (fault !== undefined) fail("digest", `digest ${quoted(digest)}: ${fault}`);
  }
  return { path, tag, digest: digest as Digest | undefined };
}

const label = "[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?";
const domainPattern = new RegExp(`^(?:${label}(?:\\.${label})*|\\[[0-9A-Fa-f:]+\\])(?::[0-9]+)?$`);

/** Why `domain` is no host with an optional port; undefined when it is. */
export function findDomainFault(domain: string): string | undefined {
  if (domainPattern.test(domain)) return undefined;
  if (/^\[?[0-9A-Fa-f]*:[0-9A-Fa-f:]*:/.test(domain)) {
    return `found domain ${quoted(domain)}, expected an IPv6 address of hex digits and colons in square brackets`;
  }
  return `found domain ${quoted(domain)}, expected labels of letters, digits and inner hyphens, and a port of digits`;
}

/** Why nobody can be reached at `host`, by its name and port alone; undefined when somebody may be. Docker's grammar takes any port. */
export function findHostFault(host: string): string | undefined {
  const [, port = "0"] = /:(\d+)$/.exec(host) ?? [];
  return findDomainFault(host) ?? (Number(port) > 65_535 ? `found port ${port}, expected at most 65535` : undefined);
}

/** The reference with tag `latest` when it has neither tag nor digest. */
export function withDefaultTag(reference: Reference): Reference {
  return reference.tag === undefined && reference.digest === undefined ? { ...reference, tag: "latest" } : reference;
}

/** The full spelling: domain, repository, tag, digest. */
export function formatReference(reference: Reference): string {
  return `${reference.domain}/${reference.repository}${formatSuffixes(reference)}`;
}

/** The short spelling that people use: without `docker.io/`, and without `library/` for official images. */
export function formatFamiliar(reference: Reference): string {
  const { domain, repository } = reference;
  if (domain !== dockerHub) return formatReference(reference);
  const official = /^library\/([^/]+)$/.exec(repository)?.[1];
  return (official ?? repository) + formatSuffixes(reference);
}

function formatSuffixes({ tag, digest }: Reference): string {
  return (tag === undefined ? "" : `:${tag}`) + (digest === undefined ? "" : `@${digest}`);
}

/** What a registry is asked for: the digest if the reference has one, else its tag, else `latest`. */
export function identityOf({ tag, digest }: Reference): string {
  return digest ?? tag ?? "latest";
}

/** Host that serves a domain: Docker Hub answers elsewhere than its name says (contract A.2, 10). */
export function apiHostOf(domain: string): string {
  return domain === dockerHub ? "registry-1.docker.io" : domain;
}
