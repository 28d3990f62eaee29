import process from "node:process";
import type { MultiBar, SingleBar } from "cli-progress";
import type { OnWarmNews, WarmNews } from "../images/warm/warm_news.ts";
import { toByteText } from "../notation/byte_text.ts";
import { systemClock } from "../runtime/clock.ts";
import { openBars, printAbove, printLine } from "./progress_bars.ts";

/** Shows what becomes of images that are warmed. Disposing takes the bars away. */
export interface WarmDisplay extends Disposable {
  readonly tell: OnWarmNews;
  /** Writes a line of the command's own on stdout. */
  print(line: string): void;
}

/** `json` is lines for programs, `text` for people: with a bar for each image that is on its way when they sit at a terminal. */
export async function openWarmDisplay(kind: "json" | "text"): Promise<WarmDisplay> {
  if (kind === "json") return new LineDisplay(toJson);
  if (!process.stderr.isTTY) return new LineDisplay(toText);
  return new BarDisplay(await openBars());
}

/** Shortest pause between two lines about one image that is on its way. */
const pauseMs = 1000;

class LineDisplay implements WarmDisplay {
  readonly #toLine: (news: WarmNews) => string;
  readonly #toldAt = new Map<string, number>();

  constructor(toLine: (news: WarmNews) => string) {
    this.#toLine = toLine;
  }

  readonly tell: OnWarmNews = (news) => {
    const { name } = news.image;
    const now = systemClock.now();
    if (news.state === "pulling") {
      if (now - (this.#toldAt.get(name) ?? 0) < pauseMs) return;
      this.#toldAt.set(name, now);
    } else {
      this.#toldAt.delete(name);
    }
    this.print(this.#toLine(news));
  };

  print(line: string): void {
    printLine(line);
  }

  [Symbol.dispose](): void {
    this.#toldAt.clear();
  }
}

/** A line for programs. */
function toJson({ image, ...news }: WarmNews): string {
  return JSON.stringify({ image: image.reference, ...news });
}

/** A line for people. */
function toText(news: WarmNews): string {
  const { reference } = news.image;
  switch (news.state) {
    case "queued":
      return `${reference} queued${news.bytes === undefined ? "" : `, ${toByteText(news.bytes)}`}`;
    case "pulling": {
      const of = news.totalBytes === undefined ? "" : ` of ${toByteText(news.totalBytes)}`;
      return `${reference} pulling, ${toByteText(news.bytes)}${of}${news.source === undefined ? "" : ` from ${news.source}`}`;
    }
    case "done":
      return `${reference} ${news.outcome}${news.bytes > 0 ? `, ${toByteText(news.bytes)}` : ""}: ${news.id}`;
    case "failed":
      return `${reference} failed: ${news.error}`;
    case "missing":
      return `${reference} missing: it was warmed, and has been removed`;
    case "moved":
      return `${reference} moved: its tag points at another image now`;
  }
}

class BarDisplay implements WarmDisplay {
  readonly #bars: MultiBar;
  readonly #open = new Map<string, SingleBar>();

  constructor(bars: MultiBar) {
    this.#bars = bars;
  }

  readonly tell: OnWarmNews = (news) => {
    const { name, reference } = news.image;
    if (news.state === "pulling") return this.#move(name, reference, news.bytes, news.totalBytes ?? news.bytes);
    const bar = this.#open.get(name);
    this.#open.delete(name);
    bar?.stop();
    if (bar) this.#bars.remove(bar);
    if (news.state !== "queued") this.print(toText(news));
  };

  print(line: string): void {
    printAbove(this.#bars, line);
  }

  [Symbol.dispose](): void {
    this.#bars.stop();
  }

  #move(name: string, reference: string, bytes: number, total: number): void {
    const about = { name: reference, size: toByteText(total) };
    const bar = this.#open.get(name) ?? this.#bars.create(Math.max(1, total), 0, about);
    this.#open.set(name, bar);
    bar.setTotal(Math.max(1, total, bytes));
    bar.update(bytes, about);
  }
}
