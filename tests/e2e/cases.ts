// Tests that run only with MESOS_DOCKER_E2E=1: on the compiled program, and on a real daemon.
import process from "node:process";
import { test } from "node:test";
import { type Engine, openEngine, parseEngineAddress } from "../../src/docker/mod.ts";
import { silentLog } from "../../src/runtime/log.ts";
import { ensureImages } from "../images/ensure.ts";
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

let opening: Promise<DockerBench> | undefined;

/** A test of the compiled program, at the given path. */
export function testOnBinary(title: string, run: (binary: string) => Promise<void>): void {
  testEndToEnd(title, () => run(findBinary()));
}

/** A test on the real daemon, at DOCKER_HOST or at its usual socket. */
export function testOnDocker(title: string, run: (bench: DockerBench) => Promise<void>): void {
  testEndToEnd(title, async () => {
    opening ??= openBench();
    await run(await opening);
  });
}

/** The title of a skipped test says why it is, because neither runner shows the reason that `skip` can hold. */
function testEndToEnd(title: string, run: () => Promise<void>): void {
  if (process.env.MESOS_DOCKER_E2E !== "1") {
    test(`${title} [end to end: set MESOS_DOCKER_E2E=1]`, { skip: true }, () => undefined);
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

/** Runners show nothing of what a SuppressedError holds: how the test failed, and what it left behind. */
function toPlainError({ error, suppressed }: SuppressedError): Error {
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
