import type { DaemonStore } from "../ensure/daemon_store.ts";
import { type EnsuredImage, type EnsureParts, ensureImage, ImageError } from "../ensure/mod.ts";
import type { WarmProtection } from "./protection.ts";
import { tellPulling } from "./pulling.ts";
import type { OnWarmNews } from "./warm_news.ts";
import type { PlannedImage } from "./warm_plan.ts";

/** What warming one image takes. */
export interface WarmOneParts {
  readonly partsFor: (reference: string) => EnsureParts;
  /** How the daemon keeps images; it is asked unless given. */
  readonly store: DaemonStore | undefined;
  readonly protection: WarmProtection;
  readonly tell: OnWarmNews;
}

/**
 * Gets an image into the daemon, unless it has `come` with others, and protects it there; what becomes of it is told. Gives what was
 * done, undefined when that failed; rejects only by the signal.
 */
export async function warmOne(
  planned: PlannedImage,
  { partsFor, store, protection, tell }: WarmOneParts,
  signal: AbortSignal,
  come?: EnsuredImage,
): Promise<EnsuredImage | undefined> {
  const { image, isMissing } = planned;
  const { reference, platform } = image;
  const parts = { ...partsFor(reference), ...(store ? { store } : {}) };
  const wanted = {
    image: reference,
    pull: "fresh",
    isMissing,
    ...(platform === undefined ? {} : { platform }),
  } as const;
  try {
    signal.throwIfAborted();
    const ensured = come ?? (await ensureImage(wanted, parts, { signal, onProgress: tellPulling(planned, tell) }));
    const { id, outcome, bytes } = ensured;
    await protection.protect(image, id, parts.clock.now());
    tell({ image, state: "done", id, outcome, bytes });
    return ensured;
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof Error)) throw error;
    tell({ image, state: "failed", code: error instanceof ImageError ? error.code : "state", error: error.message });
    return undefined;
  }
}
