import { execFile } from "node:child_process";
import { closeSync, constants, openSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);

/** Pause between the openings: a container may come to the gate late. */
const pollMs = 10;

/** Where containers wait, at no cost, until they may end: a FIFO in their sandbox that nobody writes to. */
export class Gate {
  readonly #path: string;

  private constructor(path: string) {
    this.#path = path;
  }

  /** What a container is to do that waits here. */
  static readonly command: readonly string[] = ["cat", "/mnt/mesos/sandbox/gate"];

  /** Makes a gate in a sandbox. */
  static async make(sandbox: string): Promise<Gate> {
    const path = join(sandbox, "gate");
    await run("mkfifo", [path]);
    return new Gate(path);
  }

  /** Lets everybody through until `passed` settles; gives what it gives. */
  async open<T>(passed: Promise<T>): Promise<T> {
    let isOpen = true;
    const close = () => {
      isOpen = false;
    };
    passed.then(close, close);
    while (isOpen) {
      this.#release();
      await Bun.sleep(pollMs);
    }
    return await passed;
  }

  /** A reader waits for a writer to come, and sees the end of the file when it goes. */
  #release(): void {
    try {
      closeSync(openSync(this.#path, constants.O_WRONLY | constants.O_NONBLOCK));
    } catch (error) {
      // Nobody is waiting.
      if ((error as NodeJS.ErrnoException).code !== "ENXIO") throw error;
    }
  }
}
