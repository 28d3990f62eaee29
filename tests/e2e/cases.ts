// Tests that run only with MESOS_DOCKER_E2E=1: on the compiled program, and on a real daemon.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { type Engine, openEngine, parseEngineAddress } from "../../src/docker/mod.ts";
import { silentLog } from "../../src/runtime/log.ts";
import { ensureImages } from "../images/ensure.ts";
import { hasCgroupsV1 } from "./agent_cgroup.ts";
import { findBinary } from "./binary.ts";

/** Longest time of one test: far more than any takes. */
const timeoutMs = 120_000;

/** What a test with a daemon is given. */
export interface DockerBench {
  readonly engine: Engine;
  /** An image with a shell and the small tools. */
  readonly image: string;
  /** The compiled program. */
  readonly binary: string;
}

/** Options of a test. */
export interface CaseOptions {
  /** `root` when it changes to another user, `own daemon` when it starts one. */
  needs?: "root" | "own daemon" | "both image stores" | "cgroups of version 1";
  /** A program that not every machine has, such as `docker`, `chromium` or what `npm run test:clients` brings. */
  client?: string;
}

let opening: Promise<DockerBench> | undefined;

/** A test of the compiled program, at the given path. */
export function testOnBinary(title: string, run: (binary: string) => Promise<void>, options?: CaseOptions): void {
  testEndToEnd(title, () => run(findBinary()), options);
}

/** A test on the real daemon, at DOCKER_HOST or at its usual socket. */
export function testOnDocker(title: string, run: (bench: DockerBench) => Promise<void>, options?: CaseOptions): void {
  const runOnBench = async () => {
    opening ??= openBench();
    await run(await opening);
  };
  testEndToEnd(title, runOnBench, options);
}

/** The title of a skipped test says why it is, because neither runner shows the reason that `skip` can hold. */
function testEndToEnd(title: string, run: () => Promise<void>, options: CaseOptions = {}): void {
  const missing = findMissing(options);
  if (missing !== undefined) {
    test(`${title} [${missing}]`, { skip: true }, () => undefined);
    return;
  }
  test(title, { timeout: timeoutMs }, async () => {
    try {
      await run();
    } catch (error) {
      throw error instanceof SuppressedError ? toPlainError(error) : error;
    }
  });
}

/** What is in the way of a test here. */
function findMissing({ needs, client }: CaseOptions): string | undefined {
  if (process.env.MESOS_DOCKER_E2E !== "1") return "end to end: set MESOS_DOCKER_E2E=1";
  if (client !== undefined && !hasPrograms(client)) return `needs ${client}`;
  if (needs !== undefined && process.getuid?.() !== 0) return "needs root";
  if (needs === "cgroups of version 1" && !hasCgroupsV1()) return `needs ${needs}`;
  if (needs === "both image stores" && !hasBothStores()) return "needs dockerd 24 or newer";
  return needs === "own daemon" && !hasPrograms("dockerd", "containerd", "nsenter", "setpriv")
    ? "needs dockerd"
    : undefined;
}

/** Whether the dockerd here can have containerd keep its images. */
export function hasBothStores(): boolean {
  const env = { PATH: `${process.env.PATH}:/usr/sbin:/sbin` };
  const { stdout } = spawnSync("dockerd", ["--version"], { env, encoding: "utf8" });
  return Number(/version (\d+)\./.exec(stdout ?? "")?.[1] ?? 0) >= 24;
}

function hasPrograms(...names: readonly string[]): boolean {
  const folders = `${process.env.PATH}:/usr/sbin:/sbin`.split(":");
  return names.every((name) => folders.some((folder) => existsSync(join(folder, name))));
}

/** Runners show nothing of what a SuppressedError holds: how the test failed, and what it left behind. */
export function toPlainError({ error, suppressed }: SuppressedError): Error {
  const [first, then] = [suppressed, error].map((one) => (one instanceof Error ? one.message : String(one)));
  return new Error(`${first}\nand when it was cleaned up: ${then}`, { cause: suppressed });
}

/** Shared by all tests of a process; an engine without open calls keeps no process alive. */
async function openBench(): Promise<DockerBench> {
  const binary = findBinary();
  const engine = openEngine(parseEngineAddress(process.env.DOCKER_HOST));
  const { busybox } = await ensureImages(engine, { log: silentLog });
  return { engine, image: busybox, binary };
}
