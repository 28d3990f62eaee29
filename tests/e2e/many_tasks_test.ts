import assert from "node:assert/strict";
import { TaskState } from "../../src/mesos/protocol.ts";
import { testOnDocker } from "./cases.ts";
import { exitCodeOf } from "./report_book.ts";
import { openTestCluster } from "./test_cluster.ts";

/** Ends when the test says so, by a file in the sandbox that all tasks of an executor share. */
const waitsFor = (name: string) => `while [ ! -e /mnt/mesos/sandbox/${name} ]; do sleep 0.05; done`;

testOnDocker("two tasks of one executor run at once, each with output of its own", async (bench) => {
  await using cluster = await openTestCluster(bench);
  const executorId = "both";
  await cluster.run("first", { executorId, shell: `echo from first; ${waitsFor("go")}; exit 1` });
  await cluster.run("second", { executorId, shell: `echo from second; echo oh >&2; ${waitsFor("go")}; exit 2` });
  assert.equal(cluster.executorPid("first"), cluster.executorPid("second"));
  await cluster.writeSandbox(executorId, "go");
  assert.equal(exitCodeOf(await cluster.book.end("first")), "1");
  assert.equal(exitCodeOf(await cluster.book.end("second")), "2");
  assert.equal(await cluster.sandboxText(executorId, "stdout"), "from first\n");
  assert.equal(await cluster.sandboxText(executorId, "tasks", "second", "stdout"), "from second\n");
  assert.equal(await cluster.sandboxText(executorId, "tasks", "second", "stderr"), "oh\n");
  assert.deepEqual((await cluster.book.exit(executorId)).exit, { kind: "code", code: 0 });
});

testOnDocker("20 tasks of one executor run at once, and one of them is killed", async (bench) => {
  await using cluster = await openTestCluster(bench);
  const executorId = "crowd";
  const taskIds = Array.from({ length: 20 }, (_, index) => `task-${index}`);
  for (const taskId of taskIds) {
    const shell = `echo ${taskId}; ${waitsFor("go")}; exit ${taskIds.indexOf(taskId)}`;
    cluster.launch(taskId, { executorId, shell, mem: 32, graceMs: 0 });
  }
  for (const taskId of taskIds) await cluster.book.reach(taskId, TaskState.TASK_RUNNING);
  cluster.kill("task-7");
  assert.equal((await cluster.book.end("task-7")).state, TaskState.TASK_KILLED);
  await cluster.writeSandbox(executorId, "go");
  for (const [index, taskId] of taskIds.entries()) {
    const code = exitCodeOf(await cluster.book.end(taskId));
    assert.equal(code, taskId === "task-7" ? "137" : String(index));
    const folder = index === 0 ? [] : ["tasks", taskId];
    assert.equal(await cluster.sandboxText(executorId, ...folder, "stdout"), `${taskId}\n`);
  }
  assert.deepEqual((await cluster.book.exit(executorId)).exit, { kind: "code", code: 0 });
});
