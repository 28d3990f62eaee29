import { writeFully } from "../runtime/descriptor_writer.ts";
import { LinePrefixer } from "./line_prefixer.ts";

const descriptors = { stdout: 1, stderr: 2 } as const;

/**
 * Writes what the instances of a run say to this process' own streams. One piece follows another: two that are written
 * at once would mix within their lines when a pipe is full.
 */
export class RunOutput {
  readonly #prefixer: LinePrefixer;
  readonly #write: (descriptor: number, bytes: Uint8Array) => Promise<void>;
  readonly #last = { stdout: Promise.resolve(), stderr: Promise.resolve() };

  constructor(prefixOf: (instance: number) => string, options: { write?: typeof writeFully } = {}) {
    this.#prefixer = new LinePrefixer(prefixOf);
    this.#write = options.write ?? writeFully;
  }

  /** Resolves when the bytes are written; rejects with the system's error, as does every later call for that stream. */
  write(instance: number, stream: "stdout" | "stderr", bytes: Uint8Array): Promise<void> {
    const written = this.#last[stream].then(() =>
      this.#write(descriptors[stream], this.#prefixer.apply(instance, stream, bytes)),
    );
    this.#last[stream] = written;
    return written;
  }
}
