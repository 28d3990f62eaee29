import type { EnsuredImage, ImageErrorCode } from "../ensure/mod.ts";
import type { WarmImage } from "./warm_set.ts";

/**
 * What becomes of an image of a warm set.
 *
 * - `queued`: it is to be fetched; `bytes` of it, as far as that is known
 * - `pulling`: it is on its way
 * - `done`: the daemon has it, and it is protected
 * - `failed`: it could not be had; `state` when what is known of images cannot be written
 * - `missing`: somebody has removed it
 * - `moved`: its tag points at another image now
 */
export type WarmNews =
  | { readonly image: WarmImage; readonly state: "queued"; readonly bytes?: number }
  | {
      readonly image: WarmImage;
      readonly state: "pulling";
      readonly bytes: number;
      readonly totalBytes?: number;
      readonly source?: string;
    }
  | ({ readonly image: WarmImage; readonly state: "done" } & Pick<EnsuredImage, "id" | "outcome" | "bytes">)
  | {
      readonly image: WarmImage;
      readonly state: "failed";
      readonly code: ImageErrorCode | "state";
      readonly error: string;
    }
  | { readonly image: WarmImage; readonly state: "missing" | "moved" };

/** Hears of it. */
export type OnWarmNews = (news: WarmNews) => void;
