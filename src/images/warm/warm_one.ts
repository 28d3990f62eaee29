import type { DaemonStore } from "../ensure/daemon_store.ts";
import { type EnsureParts, ensureImage, ImageError } from "../ensure/mod.ts";
import type { WarmProtection } from "./protection.ts";
import { TransferTally } from "./transfer_tally.ts";
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

/** Gets an image into the daemon and protects it there; what becomes of it is told. Fails only by the signal. */
export async function warmOne(
  { image, isMissing, bytes: totalBytes }: PlannedImage,
  { partsFor, store, protection, tell }: WarmOneParts,
  signal: AbortSignal,
): Promise<void> {
  const { reference, platform } = image;
  const total = totalBytes === undefined ? {} : { totalBytes };
  const tally = new TransferTally();
  tell({ image, state: "pulling", bytes: 0, ...total });
  const parts = { ...partsFor(reference), ...(store ? { store } : {}) };
  try {
    const ensured = await ensureImage(
      {
        image: reference,
        pull: "fresh",
        isMissing,
        ...(platform === undefined ? {} : { platform }),
      },
      parts,
      {
        signal,
        onProgress: (progress) => {
          if (!tally.note(progress)) return;
          tell({ image, state: "pulling", bytes: tally.bytes, ...total, ...tally.from });
        },
      },
    );
    const { id, outcome, bytes } = ensured;
    await protection.protect(image, id, parts.clock.now());
    tell({ image, state: "done", id, outcome, bytes });
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof Error)) throw error;
    tell({ image, state: "failed", code: error instanceof ImageError ? error.code : "state", error: error.message });
  }
}
