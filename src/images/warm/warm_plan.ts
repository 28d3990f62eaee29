import type { Descriptor } from "../../../registry/mod.ts";
import type { ImageError } from "../ensure/mod.ts";
import type { WarmImage } from "./warm_set.ts";

/** A layer that the daemon does not have. */
export interface WantedLayer extends Descriptor {
  /** Two layers with one key are fetched once. */
  readonly key: string;
}

/**
 * How an image of a set stands.
 *
 * - `here`: the daemon has it, under its name
 * - `absent`, `moved`: it is to be fetched; the daemon has another one under its name when the tag has moved. It `isMissing` when the
 *   daemon has nothing at all under that name
 * - `unknown`: its registry cannot be asked, the daemon may have more luck
 * - `refused`: it cannot be had
 */
export type Finding = { readonly image: WarmImage } & (
  | { readonly state: "here"; readonly id: string }
  | ({ readonly state: "absent" | "moved"; readonly isMissing: boolean } & WantedContent)
  | { readonly state: "unknown" | "refused"; readonly error: ImageError }
);

/** What an image is, by its registry. */
export interface WantedContent {
  /** The id that it has in the daemon. */
  readonly id: string;
  /** Its layers that the daemon does not have, lowest first. */
  readonly layers: readonly WantedLayer[];
}

/** An image that is to be fetched. */
export interface PlannedImage {
  readonly image: WarmImage;
  readonly state: "absent" | "moved" | "unknown";
  /** The daemon was just seen to have nothing of its name. */
  readonly isMissing: boolean;
  /** Bytes that it needs of the network when those before it have come; undefined when nobody knows. */
  readonly bytes?: number;
  /** Undefined when nobody knows. */
  readonly content?: WantedContent;
  /** It has not come together with others, and is not to be tried so again. */
  readonly comesAlone?: true;
}

/** What is to be done for a set, in that order. */
export interface WarmPlan {
  readonly present: readonly { readonly image: WarmImage; readonly id: string }[];
  readonly refused: readonly { readonly image: WarmImage; readonly error: ImageError }[];
  readonly images: readonly PlannedImage[];
  /** Of all layers that are fetched, each counted once. */
  readonly bytes: number;
}

/** Orders what is to be fetched: by priority, then what shares most with others, so that they find it there. */
export function planWarm(findings: readonly Finding[]): WarmPlan {
  const users = countUsers(findings);
  const ordered = findings
    .map((finding) => ({ finding, shared: measureShared(finding, users) }))
    .sort((one, other) => rank(one.finding) - rank(other.finding) || other.shared - one.shared)
    .map(({ finding }) => finding);
  const images = toPlanned(ordered);
  return {
    present: findings.flatMap((one) => (one.state === "here" ? [{ image: one.image, id: one.id }] : [])),
    refused: findings.flatMap((one) => (one.state === "refused" ? [{ image: one.image, error: one.error }] : [])),
    images,
    bytes: images.reduce((sum, { bytes = 0 }) => sum + bytes, 0),
  };
}

function rank({ image }: Finding): number {
  return -image.priority;
}

/** How many images want a layer. */
function countUsers(findings: readonly Finding[]): ReadonlyMap<string, number> {
  const users = new Map<string, number>();
  for (const finding of findings) {
    for (const key of new Set(layersOf(finding).map((layer) => layer.key))) users.set(key, (users.get(key) ?? 0) + 1);
  }
  return users;
}

/** Bytes that others need not fetch once this one is there. */
function measureShared(finding: Finding, users: ReadonlyMap<string, number>): number {
  return layersOf(finding).reduce((sum, { key, size }) => sum + size * ((users.get(key) ?? 1) - 1), 0);
}

function layersOf(finding: Finding): readonly WantedLayer[] {
  return "layers" in finding ? finding.layers : [];
}

/** Each layer counts for the first image that wants it. */
function toPlanned(findings: readonly Finding[]): PlannedImage[] {
  const counted = new Set<string>();
  return findings.flatMap((finding): PlannedImage[] => {
    const { image, state } = finding;
    if (state === "unknown") return [{ image, state, isMissing: false }];
    if (!("layers" in finding)) return [];
    let bytes = 0;
    const { id, layers, isMissing } = finding;
    for (const { key, size } of layers) {
      if (!counted.has(key)) bytes += size;
      counted.add(key);
    }
    return [{ image, state: finding.state, isMissing, bytes, content: { id, layers } }];
  });
}
