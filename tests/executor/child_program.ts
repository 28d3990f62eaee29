import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";

/** How a program of {@link runProgram} ended, and what it wrote. */
export interface ProgramEnd {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a TypeScript file beside the tests in the runtime that runs the tests; `stdout` may go to a file instead. */
export async function runProgram(
  name: string,
  options: { args?: readonly string[]; stdout?: string } = {},
): Promise<ProgramEnd> {
  const file = fileURLToPath(new URL(name, import.meta.url));
  const words = process.versions.deno === undefined ? [file] : ["run", "--allow-all", "--no-check", "--quiet", file];
  const target = options.stdout === undefined ? "pipe" : openSync(options.stdout, "a");
  const child = spawn(process.execPath, [...words, ...(options.args ?? [])], { stdio: ["ignore", target, "pipe"] });
  const [stdout, stderr] = await Promise.all([read(child.stdout), read(child.stderr), closed(child)]);
  if (typeof target === "number") closeSync(target);
  return { code: child.exitCode, stdout, stderr };
}

async function read(stream: NodeJS.ReadableStream | null): Promise<string> {
  let text = "";
  for await (const chunk of stream ?? []) text += chunk.toString();
  return text;
}

async function closed(child: ChildProcess): Promise<void> {
  await once(child, "close");
}
