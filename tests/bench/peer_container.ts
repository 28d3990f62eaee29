import process from "node:process";
import type { ContainerCreate } from "../../src/docker/mod.ts";
import { toContainerCreate } from "../../src/executor/container/create_body.ts";
import { toLabels } from "../../src/executor/container/identity.ts";
import { openHostMounts } from "../../src/executor/container/mounts.ts";
import { readTask } from "../../src/executor/desk/task_reader.ts";
import { noPolicy } from "../../src/executor/policy/policy.ts";
import { toExecutor, toTask } from "../../src/mesos/embedded/messages.ts";
import type { BenchTask, Cluster } from "./cluster.ts";

/** What an executor asks the daemon for when it is given this task; only the name is new. */
export async function toPeerContainer(cluster: Cluster, task: BenchTask, executorId: string): Promise<ContainerCreate> {
  const { agentId, frameworkId } = cluster;
  const directory = cluster.sandboxOf(executorId);
  const { spec, name } = readTask(toTask(task), {
    executorInfo: toExecutor(task.executor ?? {}),
    argv: [],
    directory,
    sandbox: directory,
    policy: noPolicy,
    healthcheck: "off",
  });
  await using mounts = await openHostMounts(spec.mounts, directory);
  const place = { pid: process.pid, startTime: "0", bootId: "peer", pidNamespace: "peer" };
  const owner = { frameworkId, executorId, agentId, containerId: "peer", ...place };
  return toContainerCreate(spec, { name, labels: toLabels(owner, spec.taskId), ...mounts });
}
