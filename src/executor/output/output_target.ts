import { closeSync, constants, fstatSync, lstatSync, readFileSync } from "node:fs";
import type { Log } from "../../runtime/log.ts";
import { standardError, standardOutput } from "../../runtime/standard_stream.ts";
import { toPath } from "./file_generations.ts";
import type { OutputDescriptor } from "./output_file.ts";
import { openDirectory, openTaskFiles } from "./task_files.ts";

/** Where one stream is written to. */
export interface StreamTarget {
  descriptor: OutputDescriptor;
  /** `stdout` or `stderr`. */
  name: string;
  /** Descriptor of the directory that holds the file, when it may be put aside there. */
  directory?: number;
}

/** Where a task's output is written to; what it opened is open until {@link close}. */
export interface OutputTarget {
  stdout: StreamTarget;
  stderr: StreamTarget;
  /** Closes the directory; the streams close their own descriptors. */
  close: () => void;
}

/** Makes files of a further task's own. Throws `TaskError` `launch`. */
export function openTaskTarget(sandbox: string, taskId: string): OutputTarget {
  const { directory, stdout, stderr } = openTaskFiles(sandbox, taskId);
  return {
    stdout: { descriptor: new OwnedDescriptor(stdout), name: "stdout", directory },
    stderr: { descriptor: new OwnedDescriptor(stderr), name: "stderr", directory },
    close: () => closeSync(directory),
  };
}

/** The process' own stdout and stderr, as they are. */
export function findProcessTarget(): OutputTarget {
  return {
    stdout: { descriptor: standardOutput, name: "stdout" },
    stderr: { descriptor: standardError, name: "stderr" },
    close: () => undefined,
  };
}

/**
 * The same, with the sandbox as their directory where they are its files. An agent may have given its executor the
 * pipes of a log module instead (contract A.1), which limits what it writes in its own way.
 */
export function openSandboxTarget(sandbox: string, log: Log): OutputTarget {
  const { stdout, stderr } = findProcessTarget();
  let directory: number;
  try {
    directory = openDirectory(sandbox);
  } catch (error) {
    log.warn("output of the container is not limited", { error: String(error) });
    return findProcessTarget();
  }
  const place = (stream: StreamTarget) => (isOwnFile(stream, directory) ? { ...stream, directory } : stream);
  const target = { stdout: place(stdout), stderr: place(stderr), close: () => closeSync(directory) };
  if (target.stdout === stdout || target.stderr === stderr) {
    log.info("output of the container is not limited here: it goes to the agent's log module");
  }
  return target;
}

/** Whether the stream is the file of its name in the directory, and appends to it. */
function isOwnFile({ descriptor: { fd }, name }: StreamTarget, directory: number): boolean {
  const open = fstatSync(fd);
  const named = lstatSync(toPath(directory, name), { throwIfNoEntry: false });
  return open.isFile() && named?.ino === open.ino && named.dev === open.dev && isAppending(fd);
}

/** Without it, a file that was emptied would go on where it had ended. */
function isAppending(fd: number): boolean {
  const [, octal = "0"] = /^flags:\s*([0-7]+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, "utf8")) ?? [];
  return (Number.parseInt(octal, 8) & constants.O_APPEND) !== 0;
}

/** A file that nobody else writes to. */
class OwnedDescriptor implements OutputDescriptor {
  #fd: number;

  constructor(fd: number) {
    this.#fd = fd;
  }

  get fd(): number {
    return this.#fd;
  }

  replace(fd: number): void {
    const before = this.#fd;
    this.#fd = fd;
    closeSync(before);
  }

  close(): void {
    closeSync(this.#fd);
  }
}
