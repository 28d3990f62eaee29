import {
  ContainerInfo_DockerInfo_Network,
  ContainerInfo_Type,
  HealthCheck_Type,
  TaskState,
} from "../../../src/mesos/protocol.ts";
import { type BenchTask, type Cluster, openCluster } from "../cluster.ts";
import { readCpuMs, readResidentMb } from "../process_cost.ts";
import type { Bench, Row } from "../row.ts";
import type { Arrival } from "../status_book.ts";

const count = 50;

/** How long is looked; what it costs is told per minute. */
const lookMs = 30_000;
const minuteMs = 60_000;
const settleMs = 5000;
const port = 80;

/** What it costs to know that many tasks are well. */
export const checksRow: Row = {
  name: "checks",
  title: `${count} running tasks of one executor with a check a second each; peer: the same executor and no checks`,
  async measure(bench) {
    await using cluster = await openCluster(bench, "checks");
    const none = await measureTasks(bench, cluster, "none", undefined);
    const byHttp = await measureTasks(bench, cluster, "http", {
      type: HealthCheck_Type.HTTP,
      http: { port, path: "/hostname" },
    });
    const byTcp = await measureTasks(bench, cluster, "tcp", { type: HealthCheck_Type.TCP, tcp: { port } });
    const cpu = { unit: "ms", peer: [none.cpuMs] } as const;
    const memory = { unit: "MB", peer: [none.residentMb] } as const;
    return [
      { name: "CPU per minute, HTTP", ours: [byHttp.cpuMs], ...cpu },
      { name: "CPU per minute, TCP", ours: [byTcp.cpuMs], ...cpu },
      { name: "resident (VmRSS), HTTP", ours: [byHttp.residentMb], ...memory },
    ];
  },
};

async function measureTasks(
  bench: Bench,
  cluster: Cluster,
  executorId: string,
  check: BenchTask["healthCheck"],
): Promise<{ cpuMs: number; residentMb: number }> {
  const arrivals: Arrival[] = [];
  for (let index = 0; index < count; index++) cluster.launch(prepare(bench, cluster, { executorId, index, check }));
  for (let index = 0; index < count; index++) {
    arrivals.push(await cluster.reach(`${executorId}-${index}`, TaskState.TASK_RUNNING));
  }
  const { pid } = cluster.processes.get(executorId);
  // What the launches have left to do is not what is measured.
  await Bun.sleep(settleMs);
  const before = readCpuMs(pid);
  await Bun.sleep(lookMs);
  const cpuMs = ((readCpuMs(pid) - before) * minuteMs) / lookMs;
  const residentMb = readResidentMb(pid) ?? Number.NaN;
  for (const running of arrivals) await cluster.remove(running);
  return { cpuMs, residentMb };
}

/** Its server is on the loopback of a network of its own, where only this container and its check find it. */
function prepare(
  { image }: Bench,
  cluster: Cluster,
  { executorId, index, check }: { executorId: string; index: number; check: BenchTask["healthCheck"] },
): BenchTask {
  const command = ["sh", "-c", `exec httpd -f -p 127.0.0.1:${port} -h /etc`];
  const task = cluster.prepare(`${executorId}-${index}`, executorId, { command });
  const docker = { image, network: ContainerInfo_DockerInfo_Network.NONE };
  return {
    ...task,
    container: { type: ContainerInfo_Type.DOCKER, docker },
    ...(check ? { healthCheck: { ...check, delaySeconds: 0, intervalSeconds: 1 } } : {}),
  };
}
