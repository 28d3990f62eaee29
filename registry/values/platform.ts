import { quoted } from "./quoted.ts";

/** Where an image runs, in Go's words; spelled as in descriptors and configurations. */
export interface Platform {
  readonly os: string;
  readonly architecture: string;
  readonly variant?: string;
  readonly "os.version"?: string;
  readonly "os.features"?: readonly string[];
}

const architectures: Readonly<Record<string, { architecture: string; variant?: string }>> = {
  x86_64: { architecture: "amd64" },
  "x86-64": { architecture: "amd64" },
  aarch64: { architecture: "arm64" },
  armhf: { architecture: "arm", variant: "v7" },
  armel: { architecture: "arm", variant: "v6" },
  i386: { architecture: "386" },
  i486: { architecture: "386" },
  i686: { architecture: "386" },
  // As Node says it.
  x64: { architecture: "amd64" },
  ia32: { architecture: "386" },
  ppc64: { architecture: "ppc64le" },
};

/** Reads `os/architecture[/variant]`, in any usual spelling. Throws SyntaxError. */
export function parsePlatform(text: string): Platform {
  const [os = "", architecture = "", variant, ...more] = text.split("/");
  if (more.length > 0 || [os, architecture, variant ?? "x"].some((part) => !/^[A-Za-z0-9_.-]+$/.test(part))) {
    throw new SyntaxError(
      `Cannot parse platform ${quoted(text)}: expected "os/architecture" or "os/architecture/variant"`,
    );
  }
  return normalizePlatform({ os, architecture, ...(variant !== undefined && { variant }) });
}

/** `os/architecture[/variant]`. */
export function formatPlatform({ os, architecture, variant }: Platform): string {
  return [os, architecture, ...(variant === undefined ? [] : [variant])].join("/");
}

/** Platforms that entries of an index name. Attestations stand beside images with the platform unknown/unknown. */
export function namedPlatforms(entries: readonly { readonly platform?: Platform }[]): Platform[] {
  return entries.flatMap(({ platform }) => (platform && platform.os !== "unknown" ? [platform] : []));
}

/** Platforms for a message, each once; `nothing` for none. Of very many, the first. */
export function listPlatforms(platforms: readonly Platform[]): string {
  return [...new Set(platforms.map(formatPlatform))].slice(0, 20).join(", ") || "nothing";
}

/** Why images that are made for `offered` are of no use on `host`. */
export function describeUnfit(host: Platform, offered: readonly Platform[]): string {
  return `it is not made for ${formatPlatform(host)}, but for ${listPlatforms(offered)}`;
}

/** Why an image of a platform is of no use on `host`; undefined for one that runs there, or does not say what it is for. */
export function findPlatformFault(host: Platform, platform: Platform | undefined): string | undefined {
  if (platform === undefined || rankPlatform(host, platform) !== undefined) return undefined;
  return describeUnfit(host, [platform]);
}

/** One spelling for what means the same: `aarch64` is arm64, arm64 is v8 by itself, arm without variant is v7. */
export function normalizePlatform(platform: Platform): Platform {
  const os = platform.os.toLowerCase();
  const known = architectures[platform.architecture.toLowerCase()];
  const architecture = known?.architecture ?? platform.architecture.toLowerCase();
  const variant = normalizeVariant(architecture, platform.variant?.toLowerCase() || known?.variant);
  const { variant: _, ...others } = platform;
  return { ...others, os: os === "macos" ? "darwin" : os, architecture, ...(variant !== undefined && { variant }) };
}

function normalizeVariant(architecture: string, variant: string | undefined): string | undefined {
  const named = variant !== undefined && /^\d/.test(variant) ? `v${variant}` : variant;
  if (architecture === "arm") return named ?? "v7";
  if (architecture === "arm64" && named === "v8") return undefined;
  if (architecture === "amd64" && named === "v1") return undefined;
  return named;
}

/**
 * How well an image of platform `offered` runs on `host`: 0 is exact, more is worse, undefined is not at all.
 * An arm v7 host runs v7, v6, v5; an amd64 v3 host runs v3, v2, v1; a host never runs what is above it (contract B.3).
 */
export function rankPlatform(host: Platform, offered: Platform): number | undefined {
  const wanted = normalizePlatform(host);
  const found = normalizePlatform(offered);
  if (wanted.os !== found.os || wanted.architecture !== found.architecture) {
    // An arm64 processor runs 32-bit arm code: worse than any image of its own.
    if (wanted.os !== found.os || wanted.architecture !== "arm64" || found.architecture !== "arm") return undefined;
    const below = rankVariant("v8", found.variant ?? "v7");
    return below === undefined ? undefined : 100 + below;
  }
  return rankVariant(levelOf(wanted), levelOf(found));
}

/** The variant with what its absence means. */
function levelOf({ architecture, variant }: Platform): string {
  return variant ?? { amd64: "v1", arm64: "v8", arm: "v7" }[architecture] ?? "";
}

function rankVariant(host: string, offered: string): number | undefined {
  if (host === offered) return 0;
  const [ours, theirs] = [host, offered].map((level) => /^v(\d+)(?:\.(\d+))?$/.exec(level));
  if (!ours || !theirs) return undefined;
  const below = toNumber(ours) - toNumber(theirs);
  return below < 0 ? undefined : below;
}

function toNumber(match: RegExpExecArray): number {
  return Number(match[1]) + Number(match[2] ?? 0) / 100;
}

/** The entry of `offers` that runs best on `host`, the first of equals; entries without a platform are passed over. */
export function choosePlatform<T extends { readonly platform?: Platform }>(
  offers: readonly T[],
  host: Platform,
): T | undefined {
  let best: { offer: T; rank: number } | undefined;
  for (const offer of offers) {
    const rank = offer.platform && rankPlatform(host, offer.platform);
    if (rank !== undefined && (best === undefined || rank < best.rank)) best = { offer, rank };
  }
  return best?.offer;
}
