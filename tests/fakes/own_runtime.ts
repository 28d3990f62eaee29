import { type ChildProcess, type SpawnOptions, spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { inTime } from "./waiting.ts";

/** The repository's sources, as scripts of {@link startScript} import them. */
const sources = new URL("../../src/", import.meta.url);

const configuration = fileURLToPath(new URL("../../deno.json", import.meta.url));

/** Starts a script in a process of its own, under the runtime that runs the tests. `SRC/` in imports is our source. */
export async function startScript(text: string, options: SpawnOptions & { fixture: Fixture }): Promise<ChildProcess> {
  const { fixture, ...spawnOptions } = options;
  const path = await fixture.write("script.ts", text.replaceAll("SRC/", sources.href));
  // The script lies elsewhere: without the configuration Deno would not find the packages that our source imports.
  const words = "deno" in process.versions ? ["run", "-A", "--no-check", "--config", configuration, path] : [path];
  return spawn(process.execPath, words, spawnOptions);
}

/** A folder that is there as long as a test. */
export class Fixture implements AsyncDisposable {
  readonly path: string;

  constructor(path: string) {
    this.path = path;
  }

  /** Puts a file into the folder and gives its path. */
  async write(name: string, content: string | Uint8Array): Promise<string> {
    const path = join(this.path, name);
    await writeFile(path, content);
    return path;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.path, { recursive: true, force: true });
  }
}

/** An empty folder. */
export async function openFixture(): Promise<Fixture> {
  return new Fixture(await mkdtemp(join(tmpdir(), "mesos-docker-test-")));
}

/** What a process printed on stdout, and its exit code or the signal that ended it. One that does not end is killed. */
export async function finish(child: ChildProcess): Promise<{ stdout: string; end: number | string | null }> {
  const chunks: Uint8Array[] = [];
  child.stdout?.on("data", (chunk: Uint8Array) => chunks.push(chunk));
  const ended = new Promise<number | string | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve(signal ?? code));
  });
  try {
    const end = await inTime(ended, "the end of a process");
    return { stdout: Buffer.concat(chunks).toString("utf8"), end };
  } finally {
    child.kill("SIGKILL");
  }
}
