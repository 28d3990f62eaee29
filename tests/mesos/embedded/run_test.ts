import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync, readlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { type EmbeddedAgentOptions, processContainerizer } from "../../../src/mesos/embedded/mod.ts";
import { TaskState, TaskStatus_Reason } from "../../../src/mesos/protocol.ts";
import { type Bench, openBench } from "./bench.ts";
import { toCommand } from "./runtime.ts";

/** Starting a runtime takes its time on a busy host. */
const patient = { timeout: 60_000 };

/** An agent that starts real processes. Runtimes want a home for their caches. */
async function openHost(options: Partial<EmbeddedAgentOptions> = {}): Promise<Bench> {
  const executorEnvironment = { HOME: process.env.HOME ?? "/tmp" };
  return await openBench({ containerizer: processContainerizer, executorEnvironment, ...options });
}

function launch(bench: Bench, name: string, ...args: string[]): void {
  const [value = "", ...rest] = [...toCommand("fixtures/executor.ts"), ...args];
  const command = { value, shell: false, arguments: [value, ...rest] };
  bench.launch(`${name}.1`, { task: { name }, executor: { command } });
}

test("an executor process subscribes, runs a task to its end and is shut down with the agent", patient, async () => {
  const bench = await openHost();
  launch(bench, "finish");
  const running = await bench.report("update");
  assert.equal(running.status.state, TaskState.TASK_RUNNING);
  assert.ok(Number(running.status.containerStatus?.executorPid) > 1);
  assert.equal((await bench.report("update")).status.state, TaskState.TASK_FINISHED);
  const exit = bench.report("exit");
  const closed = bench.agent[Symbol.asyncDispose]();
  const { exit: how, sandbox } = await exit;
  assert.deepEqual(how, { kind: "code", code: 0 });
  assert.equal(readFileSync(join(sandbox, "stdout"), "utf8"), `executor ex of ${bench.frameworkId}\n`);
  assert.equal(readlinkSync(join(dirname(sandbox), "latest")), sandbox);
  await closed;
  await bench[Symbol.asyncDispose]();
});

test("an executor process is reached over the domain socket, with its token", patient, async () => {
  const path = `/tmp/run-${process.pid}.sock`;
  await using bench = await openHost({ listen: { kind: "unix", path }, authentication: "token" });
  launch(bench, "run");
  assert.equal((await bench.report("update")).status.state, TaskState.TASK_RUNNING);
  assert.deepEqual([...new Set(bench.exchanges.map(({ request }) => request.transport))], ["unix"]);
  bench.agent.kill(bench.frameworkId, "run.1");
  assert.equal((await bench.report("update")).status.state, TaskState.TASK_KILLED);
});

test("an executor process that ends in the middle fails its task", patient, async () => {
  await using bench = await openHost();
  launch(bench, "exit");
  assert.deepEqual((await bench.report("exit")).exit, { kind: "code", code: 7 });
  const { status } = await bench.report("update");
  assert.equal(status.state, TaskState.TASK_FAILED);
  assert.equal(status.reason, TaskStatus_Reason.EXECUTOR_TERMINATED);
});

test("an executor process that ignores SHUTDOWN is killed after the grace", patient, async () => {
  await using bench = await openHost({ shutdownGraceMs: 200 });
  launch(bench, "run", "stubborn");
  await bench.report("update");
  const startedAt = Date.now();
  bench.agent.shutdownExecutor(bench.frameworkId, "ex");
  assert.deepEqual((await bench.report("exit")).exit, { kind: "signal", signal: "SIGKILL" });
  assert.ok(Date.now() - startedAt >= 195);
  assert.equal((await bench.report("update")).status.message, "Executor terminated");
});

test("a process that opened and closed an agent ends by itself", patient, async () => {
  const [file = "", ...args] = toCommand("fixtures/closing.ts");
  const child = spawn(file, args, { stdio: ["ignore", "pipe", "inherit"] });
  let said = "";
  child.stdout.on("data", (chunk) => {
    said += chunk;
  });
  const code = await new Promise((resolve) => child.once("close", resolve));
  assert.equal(code, 0);
  assert.match(said, /closed\n/);
  assert.match(said, /"kind":"exit"/);
});
