import {
  type Digest,
  formatPlatform,
  formatReference,
  type Reference,
  RegistryError,
  type TagPolicy,
} from "../../../registry/mod.ts";
import { formatDuration } from "../../notation/duration.ts";
import type { RegistryRules } from "../config/registry_rules.ts";
import { schemeOf } from "../host_client.ts";
import { describeCredentials } from "./credentials_used.ts";
import type { Resolution } from "./resolve_image.ts";
import type { Attempt } from "./source_questions.ts";
import type { Candidate } from "./sources.ts";

/** A source as it is explained. */
export interface ExplainedCandidate {
  readonly role: Candidate["role"];
  readonly host: string;
  readonly repository: string;
  /** Why it is there, in the words of the configuration. */
  readonly because: string;
  readonly serves: readonly string[];
  /** `https`, `https, any certificate` or `http`. */
  readonly transport: string;
  /** Who we are to it; never a secret. */
  readonly credentials: string;
  /** What came of it; absent when it was not asked. */
  readonly asked?: string;
}

/** How it was found what a reference means, for people and programs. */
export interface Explanation {
  readonly image: string;
  readonly name: string;
  readonly hint?: string;
  readonly candidates: readonly ExplainedCandidate[];
  readonly attempts: readonly Attempt[];
  readonly tags: { readonly policy: string; readonly because: string };
  readonly platform: string;
  readonly platformBy: string;
  /** Host whose word it is. */
  readonly source?: string;
  readonly digest?: Digest;
  readonly mediaType?: string;
  /** The name with the digest. */
  readonly pinned?: string;
  /** The image for the platform. */
  readonly manifest?: {
    readonly digest: Digest;
    readonly platform?: string;
    readonly layers: number;
    readonly bytes: number;
  };
  /** Platforms of the index. */
  readonly offered?: readonly string[];
  readonly error?: string;
}

/** What an explanation says beside a resolution. */
export interface ExplanationOptions {
  readonly image: string;
  readonly reference: Reference;
  readonly rules: RegistryRules;
  readonly platform: string;
  readonly platformBy: string;
  readonly hint?: string;
  readonly variables: Readonly<Record<string, string | undefined>>;
}

/** Puts what was found into words. */
export async function explainResolution(resolution: Resolution, options: ExplanationOptions): Promise<Explanation> {
  const { name, attempts, outcome } = resolution;
  const { image, platform, platformBy, reference, rules, hint } = options;
  const candidates: ExplainedCandidate[] = [];
  for (const candidate of resolution.candidates) {
    candidates.push(explainCandidate(candidate, attempts, await describeCredentials(candidate, options.variables)));
  }
  const common = {
    ...{ image, name, ...(hint === undefined ? {} : { hint }), candidates, attempts, platform, platformBy },
    tags: explainTags(reference, rules),
  };
  if (outcome.kind === "failed") return { ...common, error: explainFailure(name, candidates, outcome) };
  const { from, top, image: manifest, layers, bytes, offered, platform: own } = outcome.image;
  const { domain, repository } = reference;
  return {
    ...common,
    source: from.host,
    digest: top.digest,
    mediaType: top.mediaType,
    pinned: formatReference({ domain, repository, digest: top.digest }),
    manifest: { digest: manifest.digest, ...(own ? { platform: formatPlatform(own) } : {}), layers, bytes },
    ...(offered ? { offered: offered.map(formatPlatform) } : {}),
  };
}

function explainCandidate(candidate: Candidate, attempts: readonly Attempt[], credentials: string): ExplainedCandidate {
  const { role, host, repository, upstream, by } = candidate;
  const own = attempts.filter((attempt) => attempt.host === host);
  const failure = own.find(({ outcome }) => outcome === "failed");
  const last = failure ?? own.at(-1);
  const because =
    role === "mirror"
      ? `registries.${by}.mirrors`
      : by === undefined
        ? "the name says so"
        : `registries.${by}.upstream`;
  return {
    ...{ role, host, repository, because, credentials },
    serves: upstream.serves ?? ["tags", "blobs"],
    transport: describeTransport(candidate),
    ...(last ? { asked: last.error ?? last.outcome } : {}),
  };
}

function describeTransport({ host, scheme, access }: Candidate): string {
  const used = schemeOf(host, { access, ...(scheme === undefined ? {} : { scheme }) });
  if (used === "either") return "https with any certificate, or http";
  if (used === "http") return "http";
  return access.tls.value.insecure ? "https, any certificate" : "https";
}

function explainTags({ tag = "latest", digest }: Reference, { tagPolicyOf }: RegistryRules): Explanation["tags"] {
  if (digest !== undefined) return { policy: "none", because: "a digest never means anything else" };
  const { value, by } = tagPolicyOf(tag);
  return {
    policy: formatTagPolicy(value),
    because: by === undefined ? "nobody says otherwise" : `registries.${by}.tags`,
  };
}

function formatTagPolicy(policy: TagPolicy): string {
  return policy.kind === "cached" ? formatDuration(policy.maximumAgeMs) : policy.kind;
}

/** Every source with its cause, as the last one's alone would mislead (contract J 37). */
function explainFailure(
  name: string,
  candidates: readonly ExplainedCandidate[],
  { by, error }: Extract<Resolution["outcome"], { kind: "failed" }>,
): string {
  const causes = candidates.filter(({ asked }) => asked !== undefined && asked !== "answered" && asked !== "given up");
  if (by === "image" || causes.length === 0) return `Cannot resolve "${name}": ${RegistryError.from(error).message}`;
  const texts = causes.map(({ host, credentials, asked }) => `${host} (as ${credentials}): ${asked}`);
  return `Cannot resolve "${name}": ${texts.join("; ")}`;
}
