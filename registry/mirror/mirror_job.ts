import type { Registry, RegistryLister, RegistryReader } from "../registry.ts";
import type { RegistryError } from "../registry_error.ts";
import type { Digest } from "../values/digest.ts";
import type { Platform } from "../values/platform.ts";
import type { Copied } from "./copy_image.ts";
import type { Place } from "./presence.ts";
import type { TagChoice } from "./tag_choice.ts";

/** What is mirrored, from where to where. */
export interface MirrorJob {
  readonly source: Place<RegistryReader & RegistryLister>;
  readonly target: Place<Registry>;
  readonly tags: TagChoice;
  /** Tags that never move: one that the target has is not asked for. */
  readonly immutable?: RegExp;
  readonly platforms?: readonly Platform[];
  readonly referrers?: "copied" | "left out";
  /** Removes tags that the choice is about and that are not chosen (any more). */
  readonly deleteExtraneous?: DeletionRules;
}

/** What holds deletions within bounds. */
export interface DeletionRules {
  /** Nothing is deleted when that would be more of the tags that the choice is about. */
  readonly maximumPercent: number;
  /** Before a tag is deleted, this one is pointed at what it was: `deleted-{tag}`. Tags of that form are left alone. */
  readonly backup?: string;
}

/** What is to be done for a tag. */
export type MirrorStep =
  | { readonly kind: "same"; readonly tag: string }
  | { readonly kind: "add" | "update"; readonly tag: string; readonly digest: Digest }
  | { readonly kind: "delete"; readonly tag: string; readonly backup?: string }
  /** A tag that was asked for by its name, and that the source does not have. */
  | { readonly kind: "missing"; readonly tag: string; readonly error: unknown };

/** What is to be done for a job. */
export interface MirrorPlan {
  readonly steps: readonly MirrorStep[];
  /** Why none of the steps is a deletion, though there are tags to be deleted. */
  readonly refused?: RegistryError;
}

/** What became of a step. */
export type MirrorOutcome = { step: MirrorStep } & (
  | { kind: "done"; copied?: Copied }
  | { kind: "failed"; error: unknown }
);
