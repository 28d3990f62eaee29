import type { Log } from "../../runtime/log.ts";
import { toReadable } from "./file_generations.ts";

/** What goes wrong with a task's output: each kind is told once, and never stops the container. */
export class OutputTroubles {
  readonly #log: Log;
  #lostBytes = 0;
  #rotation: "works" | "failed" = "works";

  constructor(log: Log) {
    this.#log = log;
  }

  /** Bytes could not be written, e.g. because the disk is full. */
  lost(bytes: number, error: unknown): void {
    if (this.#lostBytes === 0) this.#log.error("output of the container is being lost", { error: String(error) });
    this.#lostBytes += bytes;
  }

  /** A file that is full could not be put aside, and grows on. */
  unlimited(name: string, error: unknown): void {
    if (this.#rotation === "works") {
      this.#log.error("output of the container exceeds its limit", { file: name, error: toReadable(error) });
    }
    this.#rotation = "failed";
  }

  /** A file could not be closed: network file systems tell of a full disk only then. */
  unclosed(error: unknown): void {
    this.#log.error("output of the container may be incomplete", { error: String(error) });
  }

  /** Says how much was lost, if anything was. */
  summarize(): void {
    if (this.#lostBytes > 0) this.#log.error("output of the container was lost", { bytes: this.#lostBytes });
  }
}
