import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { type EmbeddedRunOptions, runEmbedded } from "../../src/cluster/embedded_run.ts";
import type { RunRequest } from "../../src/cluster/run_request.ts";
import { formatState } from "../../src/cluster/task_end.ts";
import { systemClock } from "../../src/runtime/clock.ts";
import { silentLog } from "../../src/runtime/log.ts";
import { openFixture } from "../fakes/own_runtime.ts";
import { settle } from "../fakes/waiting.ts";

const request: RunRequest = {
  name: "web",
  image: "busybox",
  command: [],
  cpus: 0.1,
  mem: 32,
  instances: 2,
  ports: [],
  environment: [],
  volumes: [],
  network: "none",
  parameters: [],
  logs: {},
  pull: "missing",
  graceMs: 0,
};

/** Runs the request with a shell line in the executor's place, which subscribes to nothing. */
async function runShell(line: string, options: Partial<EmbeddedRunOptions>): Promise<{ code: number; said: string[] }> {
  await using folder = await openFixture();
  const said: string[] = [];
  const code = await runEmbedded(request, {
    executorCommand: ["/bin/sh", "-c", line],
    executorEnvironment: {},
    workDir: folder.path,
    clock: systemClock,
    log: silentLog,
    stop: new AbortController().signal,
    stopNow: new AbortController().signal,
    observer: {
      status: ({ taskId, state, message }) => said.push(`${taskId?.value} ${formatState(state)} ${message}`),
      output: async (instance, stream, bytes) =>
        void said.push(`${instance} ${stream} ${new TextDecoder().decode(bytes)}`),
    },
    ...options,
  });
  return { code, said: said.sort() };
}

test("runEmbedded() ends with 1 when executors end without a status, and gives their output", async () => {
  const { code, said } = await runShell("printf out; printf err >&2", {});
  assert.equal(code, 1);
  assert.deepEqual(said, [
    "0 stderr err",
    "0 stdout out",
    "1 stderr err",
    "1 stdout out",
    "web.1 TASK_FAILED Executor terminated",
    "web.2 TASK_FAILED Executor terminated",
  ]);
});

test("runEmbedded() kills every task when it was stopped before it began", async () => {
  const { code, said } = await runShell("true", { stop: AbortSignal.abort(new Error("stopped")) });
  assert.equal(code, 1);
  assert.deepEqual(said, [
    "web.1 TASK_KILLED Killed before delivery to the executor",
    "web.2 TASK_KILLED Killed before delivery to the executor",
  ]);
});

test("runEmbedded() has no use for its signals once it has ended", async () => {
  const stray: unknown[] = [];
  const listen = (error: unknown) => stray.push(error);
  process.on("uncaughtException", listen);
  const [stop, stopNow] = [new AbortController(), new AbortController()];
  try {
    await runShell("true", { stop: stop.signal, stopNow: stopNow.signal });
    stop.abort(new Error("too late"));
    stopNow.abort(new Error("too late"));
    await settle();
  } finally {
    process.off("uncaughtException", listen);
  }
  assert.deepEqual(stray, []);
});
