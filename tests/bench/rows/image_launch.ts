import { join } from "node:path";
import { type Cluster, openCluster } from "../cluster.ts";
import { type LaunchCost, launchTask, startByHand } from "../launch.ts";
import { lineMaker } from "../line.ts";
import { measurePairs } from "../pairs.ts";
import { toPeerContainer } from "../peer_container.ts";
import { openRawEngine, type RawEngine } from "../raw_engine.ts";
import { pushOnTop } from "../registries/bench_image.ts";
import { servePeer } from "../registries/registry_process.ts";
import { removedAfter } from "../registries/removed_after.ts";
import type { Bench, Row } from "../row.ts";

const ownBytes = 64 * 2 ** 20;

/** What a task waits for whose image the daemon has, and for one whose image it has to get first. */
export const imageLaunchRow: Row = {
  name: "image-launch",
  title: "LAUNCH to TASK_RUNNING on an executor at work, image warm and cold; peer: the daemon's pull, create + start",
  async measure(bench) {
    const { engine, signal } = bench;
    using raw = await openRawEngine(bench);
    await using source = await servePeer(bench);
    const repository = "bench/launch";
    await pushOnTop(bench, { host: source.host, repository }, ownBytes);
    const image = `${source.host}/${repository}:latest`;
    await using cluster = await openCluster(bench, "image-launch", {
      MESOS_DOCKER_STATE: join(bench.workDir, "state"),
    });
    await cluster.keep("one");
    const launching = { bench, cluster, raw, image };
    const cold = await measurePairs({
      ...{ pairs: 5, warmUp: 1, signal },
      ours: (index) => removedAfter(bench, image, () => launchOurs(launching, `cold-${index}`)),
      peer: () => removedAfter(bench, image, () => pullAndStart(launching)),
    });
    await engine.pullImage(image, { signal });
    try {
      const warm = await measurePairs({
        ...{ pairs: 15, warmUp: 2, signal },
        ours: (index) => launchOurs(launching, `warm-${index}`),
        peer: () => pullAndStart(launching),
      });
      return [...toLines("cold", cold), ...toLines("warm", warm)];
    } finally {
      await engine.removeImage(image, { force: true });
    }
  },
};

/** What a launch is made with. */
interface Launching {
  readonly bench: Bench;
  readonly cluster: Cluster;
  readonly raw: RawEngine;
  readonly image: string;
}

function toLines(name: string, { ours, peer }: { ours: Taken[]; peer: Taken[] }) {
  const line = lineMaker(ours, peer);
  return [
    line(`wall, ${name}`, "ms", ({ wallMs }) => wallMs),
    line("  CPU of the process that asks the daemon", "ms", ({ cpuMs }) => cpuMs),
  ];
}

type Taken = Pick<LaunchCost, "wallMs" | "cpuMs">;

async function launchOurs({ cluster, image }: Launching, taskId: string): Promise<Taken> {
  const task = cluster.prepare(taskId, "one", { command: ["sleep", "1000"], image });
  return await launchTask(cluster, { task, executorId: "one", from: "launch" });
}

/** As the executors of Mesos do it: the daemon is asked to pull what it does not have. */
async function pullAndStart({ bench, cluster, raw, image }: Launching): Promise<Taken> {
  const { engine, signal } = bench;
  const task = cluster.prepare("specimen", "one", { command: ["sleep", "1000"], image });
  const container = await toPeerContainer(cluster, task, "one");
  const [beganMs, before] = [performance.now(), process.cpuUsage()];
  if (!(await engine.inspectImage(image, { signal }))) await engine.pullImage(image, { signal });
  const used = process.cpuUsage(before);
  const pullMs = performance.now() - beganMs;
  const { wallMs, cpuMs } = await startByHand({ raw, engine }, container);
  return { wallMs: pullMs + wallMs, cpuMs: (used.user + used.system) / 1000 + cpuMs };
}
