// The tutorial of the original project: two Redis instances run as Mesos tasks in Docker containers, the host ports that
// they were given are found in their task statuses, and redis-cli in a third container talks to both. The agent lives in
// this process; the executors are the compiled binary, and all that goes between them is Mesos' executor HTTP API.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import process from "node:process";
import { readPublishedPorts } from "../../src/cluster/published_ports.ts";
import { type Engine, openEngine, parseEngineAddress } from "../../src/docker/mod.ts";
import { ContainerInfo_DockerInfo_Network, ContainerInfo_Type, TaskState } from "../../src/mesos/protocol.ts";
import { type Log, type LogFields, silentLog } from "../../src/runtime/log.ts";
import { onTermination } from "../../src/runtime/termination.ts";
import { pushFromDaemon, serveRegistry } from "../e2e/served_registry.ts";
import { ensureImages } from "../images/ensure.ts";
import { type Cluster, openCluster } from "./cluster.ts";

const binary = resolve("dist/mesos-docker");
const instances = ["redis.1", "redis.2"];
const redisPort = 6379;

/** What the preparation of the images has to say, in the words of the demo. */
const relate = (message: string, fields: LogFields = {}) => tell([message, ...Object.values(fields)].join(" "));
const log: Log = { ...silentLog, info: relate, warn: relate, error: relate };

const interrupted = new AbortController();
using _signals = onTermination((signal) => {
  tell(`\n${signal}: cleaning up`);
  interrupted.abort(new Error(`stopped by ${signal}`));
});

try {
  await demonstrate();
  tell("\nDone.");
} catch (error) {
  tell(`\nThe demo did not end well: ${error instanceof Error ? error.message : error}`);
  process.exitCode = 1;
}

async function demonstrate(): Promise<void> {
  await using engine = openEngine(parseEngineAddress(process.env.DOCKER_HOST));
  const { engineVersion } = await engine.version({ signal: interrupted.signal });
  tell(`A Docker daemon (${engineVersion}) answers.`);
  const images = await ensureImages(engine, { log, signal: interrupted.signal });
  await using workDir = await openTemporaryDirectory();
  {
    await using registry = await serveRegistry(binary, ["--store", join(workDir.path, "registry")]);
    await using image = await pushImage(engine, images.redis, registry.host);
    await using cluster = await openCluster({ binary, workDir: workDir.path, tell });
    const { host, port } = cluster.agent.endpoint;
    tell(`A Mesos agent listens on ${host}:${port} and offers 2 CPUs, 1024 MB and the ports 31000-31010.`);
    await unlessInterrupted(play(cluster, image.reference));
  }
  const left = await engine.listContainers({ all: true, labels: ["mesos-docker.task"] });
  const ours = left.filter((container) =>
    [...instances, "client"].includes(container.Labels["mesos-docker.task"] ?? ""),
  );
  if (ours.length > 0) throw new Error(`${ours.length} containers were left behind`);
  tell("No container is left.");
}

/** Puts an image into the registry, from which the daemon pulls it for the tasks; its name goes with the scope. */
async function pushImage(
  engine: Engine,
  image: string,
  host: string,
): Promise<AsyncDisposable & { reference: string }> {
  const reference = `${host}/${image}`;
  await engine.tagImage(image, reference, { signal: interrupted.signal });
  const digest = await pushFromDaemon(reference);
  await engine.removeImage(reference);
  tell(`A registry listens on ${host}, and has ${image} as ${digest.slice(0, 19)}….`);
  const remove = async () => {
    await engine.removeImage(reference, { force: true });
  };
  return { reference, [Symbol.asyncDispose]: remove };
}

async function play(cluster: Cluster, image: string): Promise<void> {
  tell(
    `\nLaunching ${instances.join(" and ")} from image ${image}: the agent fetches dist/mesos-docker as their executor.`,
  );
  for (const taskId of instances) launchServer(cluster, taskId, image);
  const ports: number[] = [];
  for (const taskId of instances) {
    const running = await cluster.reach(taskId, TaskState.TASK_RUNNING);
    const published = readPublishedPorts(running.data).find(({ containerPort }) => containerPort === redisPort);
    if (!published) throw new Error(`The status of ${taskId} names no host port for ${redisPort}`);
    ports.push(published.hostPort);
  }
  for (const [index, taskId] of instances.entries()) {
    tell(`The status of ${taskId} says: port ${redisPort} is ${ports[index]} on this host.`);
  }

  tell("\nLaunching client: redis-cli from the same image asks both.");
  launchClient(cluster, image, ports);
  await cluster.reach("client", TaskState.TASK_FINISHED);
  const answers = (await readFile(cluster.sandboxFile("client", "stdout"), "utf8")).trim().split("\n");
  for (const [index, answer] of answers.entries()) {
    tell(`${instances[index]} at 127.0.0.1:${ports[index]} answers ${answer}`);
  }
  if (answers.length !== ports.length || answers.some((answer) => answer !== "PONG")) {
    throw new Error("PONG was expected from both");
  }

  tell("\nKilling both.");
  for (const taskId of instances) cluster.kill(taskId);
  for (const taskId of instances) await cluster.reach(taskId, TaskState.TASK_KILLED);
}

function launchServer(cluster: Cluster, taskId: string, image: string): void {
  const resources = cluster.agent.allocate({ cpus: 0.25, mem: 64, disk: 16, ports: 1 });
  const hostPort = Number(resources.find(({ name }) => name === "ports")?.ranges?.range[0]?.begin);
  cluster.launch(
    {
      name: "redis",
      taskId: { value: taskId },
      resources,
      container: {
        type: ContainerInfo_Type.DOCKER,
        docker: {
          image,
          network: ContainerInfo_DockerInfo_Network.BRIDGE,
          portMappings: [{ hostPort, containerPort: redisPort }],
        },
      },
    },
    taskId,
  );
}

function launchClient(cluster: Cluster, image: string, ports: readonly number[]): void {
  // A server that has just been started may need a moment before it answers.
  const questions = ports.map((port) => `ask ${port}`).join(" && ");
  const ask =
    "ask() { n=0; until redis-cli -h 127.0.0.1 -p $1 PING 2>/dev/null; do n=$((n+1)); [ $n -lt 100 ] || exit 1; sleep 0.1; done; }";
  cluster.launch(
    {
      name: "client",
      taskId: { value: "client" },
      resources: cluster.agent.allocate({ cpus: 0.1, mem: 64, disk: 16 }),
      data: new TextEncoder().encode(
        JSON.stringify({ mesosDocker: 1, entrypoint: ["sh", "-c"], command: [`${ask}; ${questions}`] }),
      ),
      container: { type: ContainerInfo_Type.DOCKER, docker: { image, network: ContainerInfo_DockerInfo_Network.HOST } },
    },
    "client",
  );
}

/** Leaves the scene at once when the user wants to: closing the agent ends every task. */
async function unlessInterrupted(scene: Promise<void>): Promise<void> {
  const { signal } = interrupted;
  const interruption = new Promise<never>((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
  });
  scene.catch(() => undefined);
  await Promise.race([scene, interruption]);
}

async function openTemporaryDirectory(): Promise<{ path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), "mesos-docker-demo-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

function tell(line: string): void {
  process.stdout.write(`${line}\n`);
}
