import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { openEngine, parseEngineAddress } from "../../src/docker/mod.ts";
import { tinyImageArchive } from "../docker/tiny_image.ts";
import type { Bench } from "./row.ts";

const run = promisify(execFile);

const project = fileURLToPath(new URL("../..", import.meta.url));

/**
 * Makes what rows measure with: a folder of this run below the system's temporary one, and an image of its own in the
 * daemon. Leaving its scope removes both.
 */
export async function openWorkbench(options: {
  binary: string;
  signal: AbortSignal;
}): Promise<Bench & AsyncDisposable> {
  const { binary, signal } = options;
  const { DOCKER_HOST, DOCKER_TLS_VERIFY, DOCKER_CERT_PATH } = process.env;
  const engineAddress = parseEngineAddress(DOCKER_HOST, { verify: DOCKER_TLS_VERIFY, certPath: DOCKER_CERT_PATH });
  await using stack = new AsyncDisposableStack();
  const engine = stack.use(openEngine(engineAddress));
  const workDir = await mkdtemp(join(tmpdir(), "mesos-docker-bench-"));
  stack.defer(() => rm(workDir, { recursive: true, force: true }));
  const image = `mesos-docker-bench/tiny:${basename(workDir).slice(-6).toLowerCase()}`;
  stack.defer(() => engine.removeImage(image));
  await engine.loadImage(tinyImageArchive({ reference: image }), { signal });
  const programs = new Map<string, Promise<string>>();
  const kept = stack.move();
  return {
    ...{ binary, engine, engineAddress, image, workDir, signal },
    compile: (source) => {
      const program = programs.get(source) ?? compile(source, join(workDir, `program-${programs.size}`));
      programs.set(source, program);
      return program;
    },
    [Symbol.asyncDispose]: () => kept[Symbol.asyncDispose](),
  };
}

/** Compiles a program with the flags of `npm run build`. */
async function compile(source: string, program: string): Promise<string> {
  const { scripts } = JSON.parse(await readFile(join(project, "package.json"), "utf8"));
  const flags = String(scripts.build)
    .split(" ")
    .filter((word) => word.startsWith("--") && word !== "--outfile");
  await writeFile(`${program}.ts`, source);
  await run(process.execPath, ["build", ...flags, `${program}.ts`, "--outfile", program], { cwd: dirname(program) });
  return program;
}
