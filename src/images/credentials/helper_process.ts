import { Buffer } from "node:buffer";
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { constants } from "node:fs";
import { access, realpath, stat } from "node:fs/promises";
import { isAbsolute, join } from "node:path";
import process from "node:process";
import type { Readable, Writable } from "node:stream";
import type { Clock } from "../../runtime/clock.ts";
import { isWithin } from "../../runtime/path_tree.ts";
import { CredentialsError } from "./credentials_error.ts";

/** How long a helper may take: some ask a cloud's API. */
export const helperDeadlineMs = 10_000;

/** Bytes of an answer; tokens of clouds have some thousand. */
const longestAnswerBytes = 1024 * 1024;

const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** A call of a helper. */
export interface HelperRun {
  /** As in `docker-credential-<suffix>`. */
  readonly suffix: string;
  readonly verb: "get" | "store" | "erase";
  /** What is written to it: a secret is in no argument. */
  readonly input: string;
  readonly variables: Readonly<Record<string, string | undefined>>;
  /** Folder without programs for us, if there is one: what lies there was put there by a task. */
  readonly sandbox?: string;
  readonly clock: Clock;
  readonly signal?: AbortSignal;
}

/**
 * Runs a credential helper (images contract C.2). It gets the variables without those of Mesos, which hold the agent's token.
 * Nothing that it prints is told to anyone. Throws {@link CredentialsError} `helper`, and the signal's reason.
 */
export async function runHelper(request: HelperRun): Promise<HelperEnd & { name: string }> {
  const { suffix, signal } = request;
  signal?.throwIfAborted();
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]*$/.test(suffix))
    throw new CredentialsError("helper", "Cannot run a credential helper: its name is not a word");
  const name = toHelperName(suffix);
  const program = await findProgram(name, request);
  if (program === undefined) throw failed(name, "it is not on the PATH");
  return { ...(await run(program, { ...request, name })), name };
}

/** Name of a helper's program. */
export function toHelperName(suffix: string): string {
  return `docker-credential-${suffix}`;
}

/** Relative folders of a PATH are left out: the working directory is a sandbox. */
async function findProgram(name: string, { variables, sandbox }: HelperRun): Promise<string | undefined> {
  const forbidden = sandbox === undefined ? undefined : await realpath(sandbox).catch(() => sandbox);
  for (const folder of (variables.PATH || defaultPath).split(":")) {
    if (!isAbsolute(folder)) continue;
    try {
      const program = await realpath(join(folder, name));
      await access(program, constants.X_OK);
      const isForbidden = forbidden !== undefined && isWithin(program, forbidden);
      if ((await stat(program)).isFile() && !isForbidden) return program;
    } catch {
      // Not here: the next folder may have it.
    }
  }
  return undefined;
}

/** How a helper ended. */
export interface HelperEnd {
  answer: string;
  /** Exit status, or the signal that ended it. */
  status: number | string;
}

function run(program: string, request: HelperRun & { name: string }): Promise<HelperEnd> {
  const { name, verb, input, variables, clock, signal } = request;
  const child = spawn(program, [verb], {
    // Not the sandbox; and a group of its own, so that what it started ends with it.
    cwd: "/",
    env: withoutMesos(variables),
    stdio: ["pipe", "pipe", "ignore"],
    detached: true,
  });
  return new Promise((resolve, reject) => {
    const settle = (action: () => void) => {
      timer.cancel();
      signal?.removeEventListener("abort", abort);
      action();
    };
    const giveUp = (reason: unknown) =>
      settle(() => {
        killGroup(child);
        reject(reason);
      });
    const abort = () => giveUp(signal?.reason);
    const timer = clock.schedule(helperDeadlineMs, () =>
      giveUp(failed(name, `it did not answer within ${helperDeadlineMs / 1000} s`)),
    );
    signal?.addEventListener("abort", abort, { once: true });
    const chunks: Uint8Array[] = [];
    let length = 0;
    child.stdout.on("data", (chunk: Uint8Array) => {
      length += chunk.length;
      if (length > longestAnswerBytes)
        return giveUp(failed(name, `its answer has more than ${longestAnswerBytes} bytes`));
      chunks.push(chunk);
    });
    child.once("error", ({ message }) => settle(() => reject(failed(name, message))));
    child.once("close", (code, ended) =>
      settle(() => resolve({ answer: Buffer.concat(chunks).toString("utf8"), status: code ?? ended ?? "no status" })),
    );
    // A helper that ends without reading has its status to tell why.
    child.stdin.on("error", () => undefined);
    child.stdin.end(`${input}\n`);
  });
}

function killGroup(child: ChildProcessByStdio<Writable, Readable, null>): void {
  child.stdout.destroy();
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, "SIGKILL");
  } catch (error) {
    // Nobody is left: what was wanted.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

function withoutMesos(variables: HelperRun["variables"]): Record<string, string> {
  return Object.fromEntries(
    Object.entries(variables).filter(
      (entry): entry is [string, string] => entry[1] !== undefined && !entry[0].startsWith("MESOS_"),
    ),
  );
}

/** The error of a helper that is of no use. */
export function failed(name: string, found: string): CredentialsError {
  return new CredentialsError("helper", `Cannot use "${name}": ${found}`);
}
