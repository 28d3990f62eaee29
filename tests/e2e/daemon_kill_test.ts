// A daemon that is killed and starts again while a task is in any of its phases (contract, case 47).
import assert from "node:assert/strict";
import { setImmediate } from "node:timers/promises";
import { type ContainerProcess, isAlive } from "../../src/executor/container/process.ts";
import { TaskState } from "../../src/mesos/protocol.ts";
import { listPids } from "../../src/runtime/process_list.ts";
import { readProcessStart } from "../../src/runtime/process_start.ts";
import type { FaultRule } from "../faults/fault.ts";
import { eventually } from "./eventually.ts";
import { readProcessFile } from "./private_daemon.ts";
import { exitCodeOf } from "./report_book.ts";
import { type TroubledCluster, testOnTroubled } from "./troubled_cluster.ts";

/** Counts until it is told to end, or asked to; says how far it has come, so that a number that is missing is seen. */
const counts = [
  "trap 'echo asked $n; exit 3' TERM",
  "n=0",
  "until [ -e /mnt/mesos/sandbox/go ]; do echo $n; n=$((n+1)); sleep 0.02; done",
  "echo told $n",
  "exit 7",
].join("; ");

/** What a task does until the daemon is killed, and whether it is to run on then. */
interface Moment {
  title: string;
  /** The request that is under way, which the daemon has or has not had. */
  rule?: FaultRule;
  /** Brings a task to the moment. */
  reach: (scene: TroubledCluster) => Promise<void>;
  /** Whether the container runs when the daemon is killed, so that it may end with it. */
  container: "runs" | "does not run";
}

const taskId = "task";

const hung = (method: string, path: RegExp, at: "request" | "answer", after = 0): FaultRule => ({
  match: { method, path },
  after,
  times: 1,
  fault: { kind: "hang", at },
});

const ofContainer = (call: string) => new RegExp(`/containers/[^/]+/${call}`);
const image = hung("GET", /\/images\/.*\/json/, "request");
const unmade = hung("POST", /\/containers\/create/, "request");
const made = hung("POST", /\/containers\/create/, "answer");
const unheard = hung("POST", ofContainer("attach"), "request");
const unwatched = hung("POST", ofContainer("wait"), "answer");
const unstarted = hung("POST", ofContainer("start"), "request");
const started = hung("POST", ofContainer("start"), "answer");
const unseen = hung("GET", ofContainer("json"), "request");

const struck = (scene: TroubledCluster) => scene.isStruck();
/** The daemon says that it runs once it has noted it: killed before that, it would not know of the container later. */
const running = async ({ cluster }: TroubledCluster) => {
  await eventually("the running container", async () =>
    (await cluster.containers()).some(({ State }) => State === "running"),
  );
  await cluster.sandboxSays(taskId, "stdout", /2\n/);
};

const moments: readonly Moment[] = [
  { title: "looks for the image", rule: image, reach: struck, container: "does not run" },
  { title: "asks for a container that is not made", rule: unmade, reach: struck, container: "does not run" },
  { title: "asks for a container that is made", rule: made, reach: hasContainer, container: "does not run" },
  { title: "attaches to the container", rule: unheard, reach: struck, container: "does not run" },
  { title: "begins to wait for the container", rule: unwatched, reach: struck, container: "does not run" },
  { title: "asks for a start that is not made", rule: unstarted, reach: struck, container: "does not run" },
  { title: "asks for a start that is made", rule: started, reach: running, container: "runs" },
  { title: "looks at the container that it has started", rule: unseen, reach: running, container: "runs" },
  { title: "runs", reach: running, container: "runs" },
];

async function hasContainer(scene: TroubledCluster): Promise<void> {
  await scene.isStruck();
  await eventually("the container", async () => (await scene.cluster.containers()).length > 0);
}

for (const fate of ["live on", "end with it"] as const) {
  const ofDaemon = `a daemon whose containers ${fate}`;

  for (const { title, rule, reach, container } of moments) {
    const endsWithDaemon = fate === "end with it" && container === "runs";
    const end = endsWithDaemon ? "ends with its container" : "runs on";
    testOnTroubled(`a task that ${title} when ${ofDaemon} is killed ${end}`, fate, async (scene) => {
      const { cluster } = scene;
      if (rule) scene.obey(rule);
      cluster.launch(taskId, { shell: counts });
      await reach(scene);
      await scene.killDaemon();
      await scene.startDaemon();
      if (!endsWithDaemon) await cluster.writeSandbox(taskId, "go");
      const status = await cluster.book.end(taskId);
      assert.equal(status.message, `Container exited with status ${endsWithDaemon ? 3 : 7}`);
      assert.deepEqual(cluster.book.states(taskId), ["TASK_STARTING", "TASK_RUNNING", "TASK_FAILED"]);
      await hasCounted(scene, endsWithDaemon ? "asked" : "told");
    });
  }

  for (const at of ["request", "answer"] as const) {
    const heard = at === "request" ? "has not heard of" : "has begun";
    testOnTroubled(`a task is killed when ${ofDaemon} is killed that ${heard} the stop`, fate, async (scene) => {
      const { cluster } = scene;
      scene.obey(hung("POST", ofContainer("stop"), at));
      // Outlives the first daemon, which is still busy with the stop.
      const shell = counts.replace("exit 3", "until [ -e /mnt/mesos/sandbox/end ]; do sleep 0.02; done; exit 3");
      await cluster.run(taskId, { shell, graceMs: 30_000 });
      await cluster.sandboxSays(taskId, "stdout", /2\n/);
      cluster.kill(taskId);
      await scene.isStruck();
      if (at === "answer") await cluster.sandboxSays(taskId, "stdout", /asked/);
      await scene.killDaemon();
      // A daemon that ends its containers waits for them before it answers.
      if (fate === "end with it") await cluster.writeSandbox(taskId, "end");
      await scene.startDaemon();
      await cluster.writeSandbox(taskId, "end");
      const status = await cluster.book.end(taskId);
      assert.equal(status.message, "Container exited with status 3, killed on request");
      const states = ["TASK_STARTING", "TASK_RUNNING", "TASK_KILLING", "TASK_KILLED"];
      assert.deepEqual(cluster.book.states(taskId), states);
      await hasCounted(scene, "asked");
    });
  }

  testOnTroubled(`a task that has ended when ${ofDaemon} is killed ends as it did`, fate, async (scene) => {
    const { cluster } = scene;
    // The first look is at the container that has been started, the second one at its end.
    scene.obey(hung("GET", ofContainer("json"), "request", 1));
    await cluster.run(taskId, { shell: counts });
    await cluster.writeSandbox(taskId, "go");
    await scene.isStruck();
    await scene.killDaemon();
    await scene.startDaemon();
    assert.equal(exitCodeOf(await cluster.book.end(taskId)), "7");
    assert.deepEqual(cluster.book.states(taskId), ["TASK_STARTING", "TASK_RUNNING", "TASK_FAILED"]);
    await hasCounted(scene, "told");
  });

  for (const at of ["request", "answer"] as const) {
    const heard = at === "request" ? "not been" : "been";
    const title = `no container is left of a task whose container had ${heard} removed when ${ofDaemon} was killed`;
    testOnTroubled(title, fate, async (scene) => {
      const { cluster } = scene;
      scene.obey(hung("DELETE", /\/containers\//, at));
      cluster.launch(taskId, { shell: "exit 7" });
      await scene.isStruck();
      if (at === "answer") await eventually("the removal", async () => (await cluster.containers()).length === 0);
      await scene.killDaemon();
      await scene.startDaemon();
      assert.deepEqual((await cluster.book.exit(taskId)).exit, { kind: "code", code: 0 });
      assert.deepEqual(await cluster.containers(), []);
      assert.deepEqual(cluster.book.states(taskId), ["TASK_STARTING", "TASK_RUNNING", "TASK_FAILED"]);
    });
  }
}

testOnTroubled("a container that ends while its daemon is away has ended as it did", "live on", async (scene) => {
  const { cluster } = scene;
  const { State } = await cluster.run(taskId, { shell: counts });
  await cluster.sandboxSays(taskId, "stdout", /2\n/);
  await scene.killDaemon();
  await cluster.writeSandbox(taskId, "go");
  await eventually("the end of the container", () => readProcessStart(State.Pid) === undefined);
  await scene.startDaemon();
  assert.equal(exitCodeOf(await cluster.book.end(taskId)), "7");
  // What it wrote last, no daemon has.
  await cluster.sandboxSays(taskId, "stdout", /^0\n1\n2\n/);
  await cluster.sandboxSays(taskId, "stderr", /its last output may be missing/);
  assert.deepEqual((await cluster.book.exit(taskId)).exit, { kind: "code", code: 0 });
});

testOnTroubled("a container that is gone when its daemon is back makes its task fail", "live on", async (scene) => {
  const { cluster } = scene;
  const { Id } = await cluster.run(taskId, { shell: counts });
  await scene.killDaemon();
  await scene.startDaemon({ before: (engine) => engine.removeContainer(Id, { force: true }) });
  const status = await cluster.book.end(taskId);
  assert.deepEqual(cluster.book.states(taskId), ["TASK_STARTING", "TASK_RUNNING", "TASK_FAILED"]);
  assert.equal(status.message, `Container ${Id} disappeared`);
  assert.deepEqual((await cluster.book.exit(taskId)).exit, { kind: "code", code: 0 });
});

testOnTroubled("a task is killed within its grace while its daemon is away", "live on", async (scene) => {
  const { cluster } = scene;
  await cluster.run(taskId, { shell: counts });
  await cluster.sandboxSays(taskId, "stdout", /2\n/);
  await scene.killDaemon();
  cluster.kill(taskId, 500);
  const status = await cluster.book.end(taskId);
  assert.deepEqual(cluster.book.states(taskId), ["TASK_STARTING", "TASK_RUNNING", "TASK_KILLING", "TASK_KILLED"]);
  assert.equal(exitCodeOf(status), "137");
  await scene.startDaemon();
  assert.deepEqual((await cluster.book.exit(taskId)).exit, { kind: "code", code: 0 });
});

testOnTroubled(
  "nothing runs on of a container that its daemon was killed too early to note",
  "end with it",
  async (scene) => {
    const { cluster } = scene;
    const forever = "trap 'exit 3' TERM; while true; do sleep 0.02; done";
    const shell = `cd /mnt/mesos/sandbox; [ -e first ] && exit 7; touch first; ${forever}`;
    cluster.launch(taskId, { shell });
    const first = await findShell(shell);
    await scene.killDaemon();
    await scene.startDaemon();
    // Whether it was early enough is chance: the daemon ends what it knows, and may run again what it does not know.
    assert.equal((await cluster.book.end(taskId)).state, TaskState.TASK_FAILED);
    assert.deepEqual((await cluster.book.exit(taskId)).exit, { kind: "code", code: 0 });
    assert.equal(isAlive(first), false);
  },
);

/** The process of a shell as soon as it is there. */
async function findShell(text: string): Promise<ContainerProcess> {
  for (;;) {
    for (const pid of listPids()) {
      const startTime = readProcessFile(pid, "cmdline").split("\0")[2] === text ? readProcessStart(pid) : undefined;
      if (startTime !== undefined) return { pid, startTime };
    }
    await setImmediate();
  }
}

/** Every number is there once, and how far the container has come after it. */
async function hasCounted({ cluster }: TroubledCluster, end: "asked" | "told"): Promise<void> {
  assert.deepEqual((await cluster.book.exit(taskId)).exit, { kind: "code", code: 0 });
  const lines = (await cluster.sandboxText(taskId, "stdout")).trimEnd().split("\n");
  const [word, count] = lines.pop()?.split(" ") ?? [];
  assert.equal(word, end);
  const numbers = lines.map((_, index) => String(index));
  assert.deepEqual(lines, numbers);
  // It may be asked between a number and the next.
  const reached = lines.length - Number(count);
  assert.ok(reached === 0 || (end === "asked" && reached === 1), `${lines.length} numbers, and ${word} ${count}`);
}
