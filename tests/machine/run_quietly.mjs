// Runs a program whose output matters only when it fails.
import { spawn } from "node:child_process";
import { dirname } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";

/** The folder of the project. */
export const ROOT = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

const running = new Set();
let interruption;

/** Passes an interruption on to what runs: this process stays to tell how that ended, and starts nothing more. */
function interrupt(signal) {
  interruption ??= signal;
  for (const child of running) child.kill(signal);
}

/** What a command that ends leaves running may hold its output open: no longer than this is waited for it. */
const OUTPUT_MS = 2_000;
/** Between SIGTERM and SIGKILL for a command that takes too long. */
const KILL_MS = 10_000;

/**
 * Runs a command without standard input; gives `{ failure, output, seconds }`, where failure is undefined after exit
 * code 0 and says what happened otherwise. `onOutput` hears the output as it comes.
 */
export async function runQuietly(command, args, { cwd = ROOT, env = process.env, onOutput, deadlineMs } = {}) {
  if (interruption !== undefined) return { failure: "was not started", output: "", seconds: 0 };
  for (const signal of ["SIGINT", "SIGTERM"]) {
    if (!process.listeners(signal).includes(interrupt)) process.on(signal, interrupt);
  }
  const begin = performance.now();
  const child = spawn(command, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  running.add(child);
  const chunks = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream.on("data", (chunk) => {
      chunks.push(chunk);
      onOutput?.(chunk);
    });
  }
  const failure = await endOf(child, deadlineMs);
  running.delete(child);
  child.stdout.destroy();
  child.stderr.destroy();
  const output = Buffer.concat(chunks).toString("utf8").trimEnd();
  return { failure, output, seconds: (performance.now() - begin) / 1000 };
}

/** Waits for a child and its output; undefined after exit code 0, else what happened. */
function endOf(child, deadlineMs) {
  return new Promise((resolve) => {
    const timers = [];
    let late = "";
    const end = (failure) => {
      for (const timer of timers) clearTimeout(timer);
      resolve(failure);
    };
    if (deadlineMs !== undefined) {
      const expire = () => {
        late = `took longer than ${deadlineMs / 1000} s`;
        child.kill("SIGTERM");
        timers.push(setTimeout(() => child.kill("SIGKILL"), KILL_MS));
      };
      timers.push(setTimeout(expire, deadlineMs));
    }
    child.on("error", (error) => end(error.message));
    child.on("exit", (code, by) => {
      const failure = by === null ? `ended with code ${code}` : `was ended by ${by}`;
      const verdict = late || (code === 0 ? undefined : failure);
      child.on("close", () => end(verdict));
      timers.push(setTimeout(() => end(verdict), OUTPUT_MS));
    });
  });
}

/** Runs a command and throws with its output when it fails; `what` is the action for the message. */
export async function runOrThrow(what, command, args, options) {
  const { failure, output } = await runQuietly(command, args, options);
  if (failure !== undefined) throw new Error(`Cannot ${what}: ${[command, ...args].join(" ")} ${failure}\n${output}`);
  return output;
}

/** The command line of npm: the one that runs us, or the one on PATH. */
export function npm(...args) {
  const script = process.env.npm_execpath;
  return script?.endsWith("npm-cli.js") ? [process.execPath, [script, ...args]] : ["npm", args];
}
