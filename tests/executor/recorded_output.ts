import type { OutputFrame } from "../../src/docker/mod.ts";
import type { TaskOutput } from "../../src/executor/output/task_output.ts";

/** An output that keeps what is written; a test may hold the writing up. */
export class RecordedOutput implements TaskOutput {
  readonly texts: Record<OutputFrame["stream"], string> = { stdout: "", stderr: "" };
  isClosed = false;
  stderrTail = "";
  /** Awaited before each write. */
  gate: Promise<void> = Promise.resolve();

  async write(frame: OutputFrame): Promise<void> {
    await this.gate;
    this.texts[frame.stream] += new TextDecoder().decode(frame.bytes);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.isClosed = true;
  }
}
