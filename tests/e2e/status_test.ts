// How tasks end that went beyond their limits, or that cannot be run at all.
import assert from "node:assert/strict";
import { TaskState, type TaskStatus, TaskStatus_Reason } from "../../src/mesos/protocol.ts";
import { testOnDocker } from "./cases.ts";
import { openTestCluster } from "./test_cluster.ts";

const { CONTAINER_LIMITATION_DISK, CONTAINER_LIMITATION_MEMORY } = TaskStatus_Reason;

const labelsOf = ({ labels }: TaskStatus) =>
  Object.fromEntries((labels?.labels ?? []).map(({ key, value }) => [key, value]));

/** The resource that a task used too much of. */
const limitationOf = ({ limitation }: TaskStatus) =>
  limitation?.resources.map(({ name, scalar }) => [name, scalar?.value]);

testOnDocker("labels tell how a container ended, and the message what it said last", async (bench) => {
  await using cluster = await openTestCluster(bench);
  cluster.launch("good", { shell: "echo unheard >&2" });
  cluster.launch("bad", { shell: "seq 1 100 >&2; echo '  the last word' >&2; exit 9" });
  const [good, bad] = [await cluster.book.end("good"), await cluster.book.end("bad")];
  assert.equal(good.message, "Container exited with status 0");
  assert.deepEqual(labelsOf(good), { exit_code: "0", oom_killed: "false" });
  assert.match(bad.message, /^Container exited with status 9; stderr ends with:\n(\d+\n)+ {2}the last word$/);
  assert.deepEqual(labelsOf(bad), { exit_code: "9", oom_killed: "false" });
});

testOnDocker("a container out of memory is a limitation of mem", async (bench) => {
  await using cluster = await openTestCluster(bench);
  cluster.launch("task", { shell: "tail /dev/zero; exit $?", mem: 40 });
  const end = await cluster.book.end("task");
  assert.equal(end.state, TaskState.TASK_FAILED);
  assert.equal(end.reason, CONTAINER_LIMITATION_MEMORY);
  assert.deepEqual(limitationOf(end), [["mem", 40]]);
  assert.deepEqual(labelsOf(end), { exit_code: "137", oom_killed: "true" });
  assert.equal(end.message, "Container exited with status 137 (SIGKILL): it was out of memory, its limit is 40 MB");
});

/** Megabytes: less than the executor's program has, which lies in the sandbox as well and is nobody's. */
const disk = 40;

const executorEnvironment = { MESOS_DOCKER_DISK_WATCH_INTERVAL: "200ms" };

const writes = {
  "its own files": "/file",
  "the sandbox": "/mnt/mesos/sandbox/file",
};

for (const [name, path] of Object.entries(writes)) {
  testOnDocker(`a container that writes too much into ${name} is a limitation of disk`, async (bench) => {
    await using cluster = await openTestCluster(bench, { executorEnvironment });
    cluster.launch("task", { shell: `dd if=/dev/zero of=${path} bs=1M count=100; sleep 60`, resources: { disk } });
    const end = await cluster.book.end("task");
    assert.equal(end.state, TaskState.TASK_FAILED);
    assert.equal(end.reason, CONTAINER_LIMITATION_DISK);
    assert.deepEqual(limitationOf(end), [["disk", disk]]);
    const [, used, limit] = /: it used (\d+) MB of disk, its limit is (\d+) MB$/.exec(end.message) ?? [];
    assert.equal(Number(limit), disk);
    assert.ok(Number(used) > disk && Number(used) <= 101, end.message);
    assert.deepEqual(cluster.book.states("task"), ["TASK_STARTING", "TASK_RUNNING", "TASK_FAILED"]);
  });
}

testOnDocker("a container that does not complete in its time fails for that, at once (case 50)", async (bench) => {
  await using cluster = await openTestCluster(bench);
  // The time runs from LAUNCH on, and nobody knows how long a busy daemon takes to start a container.
  const started = async (seconds: number): Promise<string> => {
    const taskId = `task-${seconds}`;
    const info = { maxCompletionTime: { nanoseconds: BigInt(seconds) * 1_000_000_000n } };
    cluster.launch(taskId, { shell: "trap '' TERM; sleep 100", info, graceMs: 60_000 });
    assert.equal((await cluster.book.end(taskId)).reason, TaskStatus_Reason.MAX_COMPLETION_TIME_REACHED);
    const hasRun = cluster.book.states(taskId).includes("TASK_RUNNING");
    return hasRun || seconds >= 16 ? taskId : await started(seconds * 2);
  };
  const taskId = await started(1);
  assert.deepEqual(cluster.book.states(taskId), ["TASK_STARTING", "TASK_RUNNING", "TASK_FAILED"]);
  const message = "Container exited with status 137 (SIGKILL), killed because it did not complete in its ";
  assert.equal(cluster.book.statuses(taskId).at(-1)?.message, `${message}max_completion_time`);
});

testOnDocker("a container that writes less than its disk runs on", async (bench) => {
  await using cluster = await openTestCluster(bench, { executorEnvironment });
  const shell = "dd if=/dev/zero of=/file bs=1M count=20; sleep 1";
  cluster.launch("task", { shell, resources: { disk } });
  assert.equal((await cluster.book.end("task")).state, TaskState.TASK_FINISHED);
});
