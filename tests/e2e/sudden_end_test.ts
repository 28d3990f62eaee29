// What runs on when an executor is killed without a word, at any moment of its life.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import process from "node:process";
import { sleep, systemClock } from "../../src/runtime/clock.ts";
import { seededRandom } from "../fakes/seeded_random.ts";
import { AgentCgroup } from "./agent_cgroup.ts";
import { testOnDocker } from "./cases.ts";
import { runCommand } from "./command.ts";
import { eventually } from "./eventually.ts";
import { findProcesses } from "./leftovers.ts";
import { openTestCluster, type TestCluster } from "./test_cluster.ts";

/** From before the first call of the daemon until the container has long been running. */
const latestMs = 1500;

const moments = Array.from({ length: 20 }, momentsOf(seededRandom(77)));

function momentsOf(random: () => number): () => number {
  return () => Math.floor(random() * latestMs);
}

/** How long an agent's destruction of the group may leave anything running. */
const cgroupPatienceMs = 2000;

const task = { shell: "sleep 1000", graceMs: 0 } as const;

testOnDocker(
  "containers in an executor's own control group end with it at whatever moment it is killed",
  async (bench) => {
    await using group = new AgentCgroup(`mesos-docker-${randomUUID()}`);
    await using cluster = await openTestCluster(bench, { executorEnvironment: { MESOS_DOCKER_REAP: "off" } });
    const late: number[] = [];
    const destroyed = new Set<string>();
    for (const [index, moment] of moments.entries()) {
      const taskId = `t${index}`;
      cluster.launch(taskId, { ...task, prelude: group.prelude });
      // A daemon that starts a container for an executor which is gone makes its group again.
      const findOwn = () => group.containerIds.find((id) => !destroyed.has(id));
      const containerId = await eventually("the executor's group", findOwn);
      destroyed.add(containerId);
      await sleep(systemClock, moment);
      await group.destroy(containerId);
      await cluster.book.exit(taskId);
      if (!(await endsWithin(cgroupPatienceMs, cluster))) late.push(moment);
      await reapAll(cluster, bench.binary);
    }
    // One that the daemon was about to start when the group was destroyed is what reaping is for.
    assert.ok(late.length <= moments.length / 4, `running after ${cgroupPatienceMs} ms: ${late}`);
  },
  { needs: "cgroups of version 1" },
);

testOnDocker(
  "containers without a control group are reaped at whatever moment their executor is killed",
  async (bench) => {
    const environment = { MESOS_DOCKER_REAP: "off", MESOS_DOCKER_CGROUP_PARENT: "off" };
    await using cluster = await openTestCluster(bench, { executorEnvironment: environment });
    for (const [index, moment] of moments.entries()) {
      const taskId = `t${index}`;
      cluster.launch(taskId, task);
      const [pid] = await eventually("the executor", () => {
        const pids = findProcesses(`MESOS_FRAMEWORK_ID=${cluster.frameworkId}`);
        return pids.length > 0 && pids;
      });
      await sleep(systemClock, moment);
      if (pid !== undefined) process.kill(pid, "SIGKILL");
      await cluster.book.exit(taskId);
      await reapAll(cluster, bench.binary);
    }
  },
);

async function endsWithin(patienceMs: number, cluster: TestCluster): Promise<boolean> {
  const end = systemClock.now() + patienceMs;
  for (;;) {
    const running = (await cluster.containers()).filter(({ State }) => State === "running");
    if (running.length === 0) return true;
    if (systemClock.now() > end) return false;
    await sleep(systemClock, 50);
  }
}

/** A daemon may still be making a container when nobody waits for it any more: the next look finds that. */
async function reapAll(cluster: TestCluster, binary: string): Promise<void> {
  await eventually("that all is reaped", async () => {
    const { end } = await runCommand([binary, "reap"]);
    return end === 0 && (await cluster.containers()).length === 0;
  });
}
