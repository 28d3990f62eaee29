import assert from "node:assert/strict";
import process from "node:process";
import { TaskState, TaskStatus_Reason } from "../../src/mesos/protocol.ts";
import { sleep, systemClock } from "../../src/runtime/clock.ts";
import { testOnDocker } from "./cases.ts";
import { eventually } from "./eventually.ts";
import { openSilentRegistry } from "./fake_registry.ts";
import { exitCodeOf } from "./report_book.ts";
import { openTestCluster } from "./test_cluster.ts";

/** Takes a second to end, and says by its exit code that it was given that second. */
const takesLeave = "trap 'sleep 1; exit 5' TERM; touch /mnt/mesos/sandbox/ready; while true; do sleep 0.1; done";

/** Does not end by being asked. */
const ignores = "trap '' TERM; touch /mnt/mesos/sandbox/ready; while true; do sleep 0.1; done";

const longMs = 300_000;

testOnDocker("a kill leaves a container its grace", async (bench) => {
  await using cluster = await openTestCluster(bench);
  await cluster.run("polite", { shell: takesLeave, graceMs: 30_000 });
  await cluster.sandboxHolds("polite", "ready");
  cluster.kill("polite");
  const end = await cluster.book.end("polite");
  assert.deepEqual(cluster.book.states("polite"), ["TASK_STARTING", "TASK_RUNNING", "TASK_KILLING", "TASK_KILLED"]);
  assert.equal(end.message, "Container exited with status 5, killed on request");
  assert.equal(exitCodeOf(end), "5");
  assert.deepEqual((await cluster.book.exit("polite")).exit, { kind: "code", code: 0 });
});

testOnDocker("a container that outstays its grace is killed", async (bench) => {
  await using cluster = await openTestCluster(bench);
  await cluster.run("stubborn", { shell: ignores, graceMs: 1000 });
  await cluster.sandboxHolds("stubborn", "ready");
  cluster.kill("stubborn");
  const end = await cluster.book.end("stubborn");
  assert.equal(end.state, TaskState.TASK_KILLED);
  assert.equal(exitCodeOf(end), "137");
  assert.match(end.message, /status 137 \(SIGKILL\), killed on request$/);
});

testOnDocker("a kill's own grace goes before the task's", async (bench) => {
  await using cluster = await openTestCluster(bench);
  await cluster.run("stubborn", { shell: ignores, graceMs: longMs });
  await cluster.sandboxHolds("stubborn", "ready");
  cluster.kill("stubborn", 0);
  assert.equal(exitCodeOf(await cluster.book.end("stubborn")), "137");
});

testOnDocker("a second kill shortens the grace, and TASK_KILLING is told once", async (bench) => {
  await using cluster = await openTestCluster(bench);
  await cluster.run("stubborn", { shell: ignores });
  await cluster.sandboxHolds("stubborn", "ready");
  cluster.kill("stubborn", longMs);
  await cluster.book.reach("stubborn", TaskState.TASK_KILLING);
  cluster.kill("stubborn", 500);
  assert.equal(exitCodeOf(await cluster.book.end("stubborn")), "137");
  assert.deepEqual(cluster.book.states("stubborn"), ["TASK_STARTING", "TASK_RUNNING", "TASK_KILLING", "TASK_KILLED"]);
});

testOnDocker("a second kill does not lengthen the grace", async (bench) => {
  await using cluster = await openTestCluster(bench);
  await cluster.run("stubborn", { shell: ignores });
  await cluster.sandboxHolds("stubborn", "ready");
  cluster.kill("stubborn", 1000);
  await cluster.book.reach("stubborn", TaskState.TASK_KILLING);
  cluster.kill("stubborn", longMs);
  assert.equal(exitCodeOf(await cluster.book.end("stubborn")), "137");
});

testOnDocker("a framework that does not know TASK_KILLING is not told of it", async (bench) => {
  await using cluster = await openTestCluster(bench, { killing: "unknown" });
  await cluster.run("task", { shell: "sleep 60" });
  cluster.kill("task", 0);
  await cluster.book.end("task");
  assert.deepEqual(cluster.book.states("task"), ["TASK_STARTING", "TASK_RUNNING", "TASK_KILLED"]);
});

testOnDocker("a kill ends the pull of an image that never comes", async (bench) => {
  await using registry = await openSilentRegistry();
  await using cluster = await openTestCluster(bench);
  cluster.launch("puller", { shell: "true", image: registry.image });
  await eventually("the pull", () => registry.requests.waiting > 0);
  cluster.kill("puller");
  const end = await cluster.book.end("puller");
  assert.deepEqual(cluster.book.states("puller"), ["TASK_STARTING", "TASK_KILLING", "TASK_KILLED"]);
  assert.equal(end.message, "Container not started, killed on request");
  assert.deepEqual((await cluster.book.exit("puller")).exit, { kind: "code", code: 0 });
});

testOnDocker("a task that is killed before its LAUNCH never has a container", async (bench) => {
  await using cluster = await openTestCluster(bench);
  cluster.launch("early", { shell: "true" });
  cluster.kill("early");
  const end = await cluster.book.end("early");
  assert.equal(end.reason, TaskStatus_Reason.TASK_KILLED_DURING_LAUNCH);
  assert.deepEqual((await cluster.book.exit("early")).exit, { kind: "code", code: 0 });
  assert.deepEqual(cluster.book.states("early"), ["TASK_KILLED"]);
});

testOnDocker("kills at any moment of a task's life end it once", async (bench) => {
  // A busy machine needs its time to start ten executors; an agent kills those that it waits for in vain.
  await using cluster = await openTestCluster(bench, { shutdownGraceMs: longMs });
  // Several at once, each a little later than the one before: from before SUBSCRIBE until the container runs.
  const taskIds = Array.from({ length: 10 }, (_, index) => `killed-${index}`);
  for (const taskId of taskIds) cluster.launch(taskId, { shell: "sleep 60" });
  for (const taskId of taskIds) {
    await sleep(systemClock, 120);
    cluster.kill(taskId, 0);
  }
  for (const taskId of taskIds) {
    const { state, message } = await cluster.book.end(taskId);
    assert.equal(state, TaskState.TASK_KILLED, message);
    assert.deepEqual((await cluster.book.exit(taskId)).exit, { kind: "code", code: 0 });
    assert.equal(new Set(cluster.book.states(taskId)).size, cluster.book.states(taskId).length);
  }
});

testOnDocker("signals that are no wish to end go on to the container", async (bench) => {
  await using cluster = await openTestCluster(bench);
  const traps = ["HUP", "USR1", "USR2", "WINCH"].map((name) => `trap 'echo ${name}' ${name}`).join("; ");
  await cluster.run("listener", { shell: `${traps}; trap 'exit 0' TERM; echo ready; while :; do sleep 0.1; done` });
  const hear = (text: string) =>
    eventually(`"${text}" in stdout`, async () => (await cluster.sandboxText("listener", "stdout")).includes(text));
  await hear("ready\n");
  const pid = cluster.executorPid("listener");
  for (const name of ["SIGHUP", "SIGUSR1", "SIGUSR2", "SIGWINCH"] as const) {
    process.kill(pid, name);
    await hear(`${name.slice(3)}\n`);
  }
  cluster.kill("listener");
  assert.equal((await cluster.book.end("listener")).state, TaskState.TASK_KILLED);
});

testOnDocker("a framework reaches one container by a message, and is answered", async (bench) => {
  await using cluster = await openTestCluster(bench);
  const shell = "trap 'echo heard' HUP; trap 'exit 0' TERM; echo ready; while :; do sleep 0.1; done";
  await cluster.run("listener", { shell });
  const hear = (text: string) =>
    eventually(`"${text}" in stdout`, async () => (await cluster.sandboxText("listener", "stdout")).includes(text));
  await hear("ready");
  const say = (text: string) => cluster.agent.message(cluster.frameworkId, "listener", new TextEncoder().encode(text));
  say('{"mesosDocker":1,"signal":{"task":"listener","name":"HUP"}}');
  await hear("heard");
  say("what?");
  await eventually("two answers", () => cluster.book.messages("listener").length === 2);
  assert.deepEqual(cluster.book.messages("listener"), [
    '{"mesosDocker":1,"reply":{"signal":{"task":"listener","name":"SIGHUP"}}}',
    '{"mesosDocker":1,"error":"Cannot read the message: it is no JSON in UTF-8"}',
  ]);
  cluster.kill("listener");
  await cluster.book.end("listener");
});
