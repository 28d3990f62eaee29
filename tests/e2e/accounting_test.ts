import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import { AgentCgroup } from "./agent_cgroup.ts";
import { testOnDocker } from "./cases.ts";
import { openTestCluster } from "./test_cluster.ts";

const task = { shell: "sleep 1000", graceMs: 0 } as const;

const needs = { needs: "cgroups of version 1" } as const;

testOnDocker(
  "a container is counted where its executor is, and leaves nothing there",
  async (bench) => {
    await using group = new AgentCgroup(`mesos-docker-${randomUUID()}`);
    await using cluster = await openTestCluster(bench);
    const container = await cluster.run("t1", { ...task, prelude: group.prelude });
    const [containerId = ""] = group.containerIds;
    assert.equal(container.HostConfig.CgroupParent, group.path(containerId));
    for (const controller of ["freezer", "memory", "cpu"] as const) {
      const pids = group.pids(containerId, controller);
      assert.ok(pids.includes(container.State.Pid), `the container is in ${controller}`);
      assert.ok(pids.includes(cluster.executorPid("t1")), `the executor is in ${controller}`);
    }
    const findForeign = () =>
      readdirSync("/sys/fs/cgroup")
        .filter((name) => !["freezer", "memory", "cpu"].includes(name))
        .filter((name) => existsSync(`/sys/fs/cgroup/${name}${group.path(containerId)}`));
    assert.ok(findForeign().includes("pids"), "the daemon has made the parent everywhere");
    cluster.kill("t1");
    await cluster.book.end("t1");
    await cluster.book.exit("t1");
    assert.deepEqual(findForeign(), []);
  },
  needs,
);

for (const [title, choose] of [
  ["stays the daemon's when the operator wants it so", () => ({ setting: "off", parent: "" })],
  ["goes where the operator says", (parent: string) => ({ setting: parent, parent })],
] as const) {
  testOnDocker(
    `a container ${title}`,
    async (bench) => {
      await using group = new AgentCgroup(`mesos-docker-${randomUUID()}`);
      const { setting, parent } = choose(group.path("elsewhere"));
      const executorEnvironment = { MESOS_DOCKER_CGROUP_PARENT: setting };
      await using cluster = await openTestCluster(bench, { executorEnvironment });
      const container = await cluster.run("t1", { ...task, prelude: group.prelude });
      assert.equal(container.HostConfig.CgroupParent, parent);
      cluster.kill("t1");
      await cluster.book.end("t1");
    },
    needs,
  );
}

testOnDocker(
  "a container goes where its own parameter says",
  async (bench) => {
    await using group = new AgentCgroup(`mesos-docker-${randomUUID()}`);
    await using cluster = await openTestCluster(bench);
    const parameters = [{ key: "cgroup-parent", value: group.path("elsewhere") }];
    const container = await cluster.run("t1", { ...task, parameters, prelude: group.prelude });
    assert.equal(container.HostConfig.CgroupParent, group.path("elsewhere"));
    cluster.kill("t1");
    await cluster.book.end("t1");
  },
  needs,
);
