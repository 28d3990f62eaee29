import process from "node:process";
import type { MultiBar, SingleBar } from "cli-progress";
import { type EnsuredImage, ImageError, PulledLayers, type PulledProgress } from "../images/ensure/mod.ts";
import { toByteText } from "../notation/byte_text.ts";
import { systemClock } from "../runtime/clock.ts";
import { openBars, printLine } from "./progress_bars.ts";

/** Shows how one image after the other is pulled. Disposing takes a bar away. */
export interface PullDisplay extends Disposable {
  note(image: string, progress: PulledProgress): void;
  done(image: string, ensured: EnsuredImage): void;
  failed(image: string, error: Error): void;
}

/** `json` is lines for programs, `text` for people: with a bar of an image that is on its way when they sit at a terminal. */
export async function openPullDisplay(kind: "json" | "text"): Promise<PullDisplay> {
  if (kind === "json") return new JsonDisplay();
  return process.stderr.isTTY ? new BarDisplay(await openBars()) : new LineDisplay();
}

class JsonDisplay implements PullDisplay {
  note(image: string, { id, ...progress }: PulledProgress): void {
    if (id !== undefined) this.#write({ image, event: "progress", layer: id, ...progress });
  }

  done(image: string, { id, name, outcome, bytes }: EnsuredImage): void {
    this.#write({ image, event: "done", id, name, outcome, bytes });
  }

  failed(image: string, error: Error): void {
    const code = error instanceof ImageError ? error.code : "daemon";
    this.#write({ image, event: "failed", code, error: error.message });
  }

  [Symbol.dispose](): void {}

  #write(line: object): void {
    printLine(JSON.stringify(line));
  }
}

/** Shortest pause between two lines about one image that is on its way. */
const pauseMs = 1000;

/** Now and then how far it is, on stderr; in the end what came of it. */
class LineDisplay implements PullDisplay {
  #layers = new PulledLayers();
  #toldAt = systemClock.now();

  note(image: string, progress: PulledProgress): void {
    this.#layers.note(progress);
    if (this.#layers.knownBytes === 0 || systemClock.now() - this.#toldAt < pauseMs) return;
    this.#toldAt = systemClock.now();
    process.stderr.write(`${image}: ${describe(this.#layers)}\n`);
  }

  done(image: string, ensured: EnsuredImage): void {
    this.#layers = new PulledLayers();
    printLine(describeEnd(image, ensured));
  }

  failed(_image: string, error: Error): void {
    this.#layers = new PulledLayers();
    process.stderr.write(`mesos-docker: ${error.message}\n`);
  }

  [Symbol.dispose](): void {}
}

class BarDisplay implements PullDisplay {
  readonly #bars: MultiBar;
  #layers = new PulledLayers();
  #bar: SingleBar | undefined;

  constructor(bars: MultiBar) {
    this.#bars = bars;
  }

  note(image: string, progress: PulledProgress): void {
    this.#layers.note(progress);
    const { knownBytes, fetchedBytes, all, doneLayers } = this.#layers;
    if (knownBytes === 0) return;
    const about = { name: `${image}, ${doneLayers} of ${all.length} layers`, size: toByteText(knownBytes) };
    this.#bar ??= this.#bars.create(knownBytes, 0, about);
    this.#bar.setTotal(knownBytes);
    this.#bar.update(Math.min(fetchedBytes, knownBytes), about);
  }

  done(image: string, ensured: EnsuredImage): void {
    this.#end();
    printLine(describeEnd(image, ensured));
  }

  failed(_image: string, error: Error): void {
    this.#end();
    process.stderr.write(`mesos-docker: ${error.message}\n`);
  }

  [Symbol.dispose](): void {
    this.#bars.stop();
  }

  #end(): void {
    this.#bar?.stop();
    if (this.#bar) this.#bars.remove(this.#bar);
    this.#bar = undefined;
    this.#layers = new PulledLayers();
  }
}

function describe({ fetchedBytes, knownBytes, doneLayers, all }: PulledLayers): string {
  return `${toByteText(fetchedBytes)} of ${toByteText(knownBytes)}, ${doneLayers} of ${all.length} layers`;
}

function describeEnd(image: string, { id, outcome, bytes }: EnsuredImage): string {
  return `${image} ${outcome}${bytes > 0 ? `, ${toByteText(bytes)}` : ""}: ${id}`;
}
