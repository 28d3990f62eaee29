import assert from "node:assert/strict";
import { test } from "node:test";
import { Secret_Type as SecretType, Environment_Variable_Type as VariableType } from "../../src/mesos/protocol.ts";
import { ExecutorBench } from "./executor_bench.ts";
import { reasonOf } from "./step_words.ts";
import { scalar } from "./task_specimen.ts";
import { settled } from "./until.ts";

const resources = [scalar("disk", 10)];

/** An executor that looks at disks every second. */
function openBench(measureSandbox: (taskId: string, order: number) => number): ExecutorBench {
  const bench = new ExecutorBench();
  bench.disk = { intervalMs: 1000, measureSandbox: async ({ spec }, order) => measureSandbox(spec.taskId, order) };
  return bench;
}

test("a task that uses more disk than it has fails for that, without TASK_KILLING", async () => {
  const bench = openBench(() => 12 * 2 ** 20);
  const container = await bench.run("t1", { resources });
  container.stopManner = "ignores";
  await bench.pass(1000);
  assert.deepEqual(await bench.ended(), { kind: "code", code: 0 });
  assert.deepEqual(bench.agent.statesOf("t1"), ["STARTING", "RUNNING", "FAILED"]);
  const last = bench.agent.lastOf("t1");
  assert.equal(reasonOf(last), "CONTAINER_LIMITATION_DISK");
  assert.equal(last.message, "Container exited with status 137 (SIGKILL): it used 12 MB of disk, its limit is 10 MB");
  assert.equal(last.limitation?.resources?.[0]?.scalar?.value, 10);
  assert.equal(bench.engine.callsOf("killContainer").length, 1, "there is no grace");
  assert.deepEqual(bench.engine.containers, []);
});

test("each task is held to its own disk", async () => {
  const orders: [string, number][] = [];
  const bench = openBench((taskId, order) => {
    orders.push([taskId, order]);
    return taskId === "t2" ? 11 * 2 ** 20 : 0;
  });
  await bench.run("t1", { resources });
  await bench.run("t2", { resources });
  bench.clock.advance(1000);
  await bench.reported("t2", "FAILED");
  assert.deepEqual(bench.agent.statesOf("t1"), ["STARTING", "RUNNING"]);
  assert.deepEqual(orders, [
    ["t1", 0],
    ["t2", 1],
  ]);
});

test("a task that is killed while it has used too much disk is told as killed: who came first decides", async () => {
  const bench = openBench(() => 12 * 2 ** 20);
  const container = await bench.run("t1", { resources });
  container.stopManner = "ignores";
  bench.agent.kill("t1", 5000);
  await settled();
  await bench.pass(1000);
  await bench.reported("t1", "KILLED");
  assert.deepEqual(bench.agent.statesOf("t1"), ["STARTING", "RUNNING", "KILLING", "KILLED"]);
});

test("a kill that comes when the disk has ended the task changes nothing", async () => {
  const bench = openBench(() => 12 * 2 ** 20);
  await bench.run("t1", { resources });
  bench.engine.killContainer = () => Promise.resolve();
  await bench.pass(1000);
  await settled();
  bench.agent.kill("t1", 0);
  await settled();
  bench.engine.container.exit(137);
  await bench.reported("t1", "FAILED");
  assert.deepEqual(bench.agent.statesOf("t1"), ["STARTING", "RUNNING", "FAILED"]);
  assert.match(bench.agent.lastOf("t1").message ?? "", /it used 12 MB of disk/);
});

test("what tasks need is asked for once, when the first of them comes", async () => {
  const bench = new ExecutorBench();
  await settled();
  assert.equal(bench.desks, 0);
  await bench.run("t1");
  await bench.run("t2");
  assert.equal(bench.desks, 1);
});

test("a task whose own secrets come out in its last words has them hidden", async () => {
  const bench = new ExecutorBench();
  const secret = { type: SecretType.VALUE, value: { data: new TextEncoder().encode("s3cret") } };
  const variables = [{ name: "A", type: VariableType.SECRET, secret }];
  const container = await bench.run("t1", { command: { shell: false, environment: { variables } } });
  const output = bench.outputs.get("t1");
  assert.ok(output);
  output.stderrTail = "login with s3cret failed";
  container.exit(1);
  await bench.reported("t1", "FAILED");
  assert.match(bench.agent.lastOf("t1").message ?? "", /login with \[secret\] failed$/);
  const told = bench.agent.updates.map(({ report }) =>
    JSON.stringify([report.message, new TextDecoder().decode(report.data)]),
  );
  assert.doesNotMatch(told.join("\n"), /s3cret/);
});
