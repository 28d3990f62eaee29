import process from "node:process";
import type { MultiBar, SingleBar } from "cli-progress";
import type { BlobOutcome, CopyListener, Descriptor } from "../../registry/mod.ts";
import { toByteText } from "../notation/byte_text.ts";
import { openBars, printAbove, printLine } from "./progress_bars.ts";

/** Shows transfers while they are on their way. Disposing takes the bars away. */
export interface TransferDisplay extends Disposable {
  readonly listener: CopyListener;
  /** Writes a line of the command's own on stdout, above the bars. */
  print(line: string): void;
}

/** `bars` shows a bar for each blob on a terminal, `progress` elsewhere a line on stderr for each that is done as well. */
export async function openTransferDisplay(kind: "progress" | "bars" | "none"): Promise<TransferDisplay> {
  if (kind === "none" || !process.stderr.isTTY) {
    const listener = kind === "progress" ? { blobDone: tell } : {};
    return { listener, print: printLine, [Symbol.dispose]: () => undefined };
  }
  return new BarDisplay(await openBars());
}

class BarDisplay implements TransferDisplay {
  readonly #bars: MultiBar;
  readonly #open = new Map<string, SingleBar>();
  readonly listener: CopyListener;

  constructor(bars: MultiBar) {
    this.#bars = bars;
    this.listener = {
      blobBegun: (blob) => this.#begin(blob),
      sentFrom: (first, { digest }) => this.#open.get(digest)?.update(first),
      moved: (bytes, { digest }) => this.#open.get(digest)?.increment(bytes),
      blobDone: (blob) => this.#end(blob),
    };
  }

  print(line: string): void {
    printAbove(this.#bars, line);
  }

  [Symbol.dispose](): void {
    this.#bars.stop();
  }

  #begin(blob: Descriptor): void {
    const name = nameOf(blob);
    this.#open.set(blob.digest, this.#bars.create(blob.size, 0, { name, size: toByteText(blob.size) }));
  }

  #end({ digest }: Descriptor): void {
    const bar = this.#open.get(digest);
    if (bar === undefined) return;
    this.#open.delete(digest);
    bar.stop();
    this.#bars.remove(bar);
  }
}

const outcomes: Readonly<Record<BlobOutcome, string>> = { there: "is there", mounted: "mounted", copied: "copied" };

function tell(blob: Descriptor, outcome: BlobOutcome): void {
  process.stderr.write(`${nameOf(blob)} ${outcomes[outcome]}, ${toByteText(blob.size)}\n`);
}

function nameOf({ digest }: Descriptor): string {
  return digest.slice(0, digest.indexOf(":") + 13);
}
