import type { EnsureOptions } from "../ensure/mod.ts";
import { TransferTally } from "./transfer_tally.ts";
import type { OnWarmNews } from "./warm_news.ts";
import type { PlannedImage } from "./warm_plan.ts";

/** Tells that an image is on its way; what is given tells how far it is. */
export function tellPulling(
  { image, bytes: totalBytes }: PlannedImage,
  tell: OnWarmNews,
): NonNullable<EnsureOptions["onProgress"]> {
  const total = totalBytes === undefined ? {} : { totalBytes };
  const tally = new TransferTally();
  tell({ image, state: "pulling", bytes: 0, ...total });
  return (progress) => {
    if (tally.note(progress)) tell({ image, state: "pulling", bytes: tally.bytes, ...total, ...tally.from });
  };
}
