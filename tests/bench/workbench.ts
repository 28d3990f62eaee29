import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { availableParallelism, loadavg, release, tmpdir } from "node:os";
import { basename, dirname, join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { openEngine, parseEngineAddress } from "../../src/docker/mod.ts";
import { tinyImageArchive } from "../docker/tiny_image.ts";
import type { Bench } from "./row.ts";

const run = promisify(execFile);

const project = fileURLToPath(new URL("../..", import.meta.url));

/** Says on what the run was made: its times mean little elsewhere. */
export async function describeMachine({ engine, signal }: Bench): Promise<string> {
  const { engineVersion } = await engine.version({ signal });
  const [load = 0] = loadavg();
  return `Linux ${release()}, ${availableParallelism()} CPUs at a load of ${load.toFixed(1)}, Docker ${engineVersion}`;
}

/**
 * Makes what rows measure with: a folder of this run below the system's temporary one, and an image of its own in the
 * daemon. Leaving its scope removes both.
 */
export async function openWorkbench(options: {
  binary: string;
  signal: AbortSignal;
}): Promise<Bench & AsyncDisposable> {
  const { binary, signal } = options;
  if (!existsSync(binary)) throw new Error(`Cannot measure "${binary}": it is not there, run npm run build`);
  const { DOCKER_HOST, DOCKER_TLS_VERIFY, DOCKER_CERT_PATH } = process.env;
  const engineAddress = parseEngineAddress(DOCKER_HOST, { verify: DOCKER_TLS_VERIFY, certPath: DOCKER_CERT_PATH });
  await using stack = new AsyncDisposableStack();
  const engine = stack.use(openEngine(engineAddress));
  const workDir = await mkdtemp(join(tmpdir(), "mesos-docker-bench-"));
  stack.defer(() => rm(workDir, { recursive: true, force: true }));
  const image = `mesos-docker-bench/tiny:${basename(workDir).slice(-6).toLowerCase()}`;
  // Not to be aborted: the daemon would go on with what it has, and the image would come when nobody removes it.
  await engine.loadImage(tinyImageArchive({ reference: image }));
  stack.defer(() => engine.removeImage(image));
  signal.throwIfAborted();
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
