import type { GcReport, GcVerdict } from "../images/gc/collect.ts";

/** What is new in a report, for those who look every half minute: a disk that stays full has one story to tell. */
export class GcNews {
  readonly #tell: (verdict: GcVerdict) => void;
  #told = new Map<string, string>();

  constructor(tell: (verdict: GcVerdict) => void) {
    this.#tell = tell;
  }

  /** Tells of images that stay for another reason than before; whether there was anything new, removals included. */
  tell({ verdicts }: GcReport): boolean {
    const staying = verdicts.filter(({ outcome }) => outcome !== "removed");
    const isNew = (verdict: GcVerdict) => this.#told.get(verdict.image.id) !== toReason(verdict);
    const news = staying.filter(isNew);
    for (const verdict of news) this.#tell(verdict);
    this.#told = new Map(staying.map((verdict) => [verdict.image.id, toReason(verdict)]));
    return news.length > 0 || staying.length < verdicts.length;
  }
}

/** Without details that change all the time, such as how many seconds ago something was. */
function toReason(verdict: GcVerdict): string {
  return verdict.outcome === "kept" ? verdict.reason : verdict.outcome;
}
