// A daemon that hangs, while somebody wants a task to end (contract, case 46).
import assert from "node:assert/strict";
import type { FaultRule } from "../faults/fault.ts";
import { exitCodeOf } from "./report_book.ts";
import { testOnTroubled } from "./troubled_cluster.ts";

const taskId = "task";
const graceMs = 500;

/** Leaves the time to freeze the daemon before it has the request. */
const slowly = (method: string, path: RegExp): FaultRule => ({
  match: { method, path },
  times: 1,
  fault: { kind: "delay", ms: 300 },
});

testOnTroubled("a task is killed by its process when the daemon hangs", "live on", async (scene) => {
  const { cluster } = scene;
  await cluster.run(taskId, { shell: "trap '' TERM; echo ready; while :; do sleep 0.1; done" });
  await cluster.sandboxSays(taskId, "stdout", /ready/);
  scene.freezeDaemon();
  cluster.kill(taskId, graceMs);
  const status = await cluster.book.end(taskId);
  assert.equal(status.message, "Container exited with status 137 (SIGKILL), killed on request");
  assert.equal(exitCodeOf(status), "137");
  assert.deepEqual(cluster.book.states(taskId), ["TASK_STARTING", "TASK_RUNNING", "TASK_KILLING", "TASK_KILLED"]);
  scene.thawDaemon();
  assert.deepEqual((await cluster.book.exit(taskId)).exit, { kind: "code", code: 0 });
  assert.deepEqual(await cluster.containers(), []);
});

const hangs = [
  { what: "container the daemon hangs in making", path: /\/containers\/create/ },
  { what: "output the daemon hangs in attaching to", path: /\/containers\/[^/]+\/attach/ },
  { what: "start the daemon hangs in", path: /\/containers\/[^/]+\/start/ },
];

for (const { what, path } of hangs) {
  testOnTroubled(`a task is killed whose ${what}, and no container is left`, "live on", async (scene) => {
    const { cluster } = scene;
    scene.obey(slowly("POST", path));
    cluster.launch(taskId, { shell: "sleep 60" });
    await scene.isStruck();
    scene.freezeDaemon();
    cluster.kill(taskId, graceMs);
    const status = await cluster.book.end(taskId);
    assert.equal(status.message, "Container not started, killed on request");
    assert.deepEqual(cluster.book.states(taskId), ["TASK_STARTING", "TASK_KILLING", "TASK_KILLED"]);
    scene.thawDaemon();
    assert.deepEqual((await cluster.book.exit(taskId)).exit, { kind: "code", code: 0 });
    assert.deepEqual(await cluster.containers(), []);
  });
}
