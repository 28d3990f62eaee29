// Everything that can say what to run says it to the same effect (contract G, cases 70 to 76).
import assert from "node:assert/strict";
import { formatDocument } from "../../src/executor/translation/document.ts";
import { ContainerInfo_DockerInfo_Network, ContainerInfo_Type, Image_Type } from "../../src/mesos/protocol.ts";
import { testOnDocker } from "./cases.ts";
import { openTestCluster } from "./test_cluster.ts";
import type { FullTask, TestTask } from "./test_task.ts";

const line = 'echo "$GREETING world"; id -u';

const encode = (text: string) => new TextEncoder().encode(text);

const toJson = (value: unknown) => encode(JSON.stringify(value));

const toLabels = (labels: Readonly<Record<string, string>>) => ({
  labels: Object.entries(labels).map(([key, value]) => ({ key, value })),
});

const dockerInfo = (image: string): NonNullable<FullTask["container"]> => ({
  type: ContainerInfo_Type.DOCKER,
  docker: { image, network: ContainerInfo_DockerInfo_Network.NONE },
});

const mesosInfo = (image: string): NonNullable<FullTask["container"]> => ({
  type: ContainerInfo_Type.MESOS,
  mesos: { image: { type: Image_Type.DOCKER, docker: { name: image }, cached: true } },
});

/** Words as the host's shell has to be given them. */
const inShell = ["sh", "-c", `'${line}'`];

type Said = Pick<TestTask, "words"> & { info: Partial<FullTask> };

const carriers: Readonly<Record<string, (image: string) => Said>> = {
  "DockerInfo and a document": (image) => ({
    info: { container: dockerInfo(image), data: formatDocument({ command: line }) },
  }),
  "DockerInfo and argv": (image) => ({ info: { container: dockerInfo(image) }, words: inShell }),
  "MesosInfo and a document": (image) => ({
    info: { container: mesosInfo(image), data: formatDocument({ command: ["sh", "-c", line] }) },
  }),
  "a document": (image) => ({ info: { data: formatDocument({ image, command: line }) } }),
  labels: (image) => ({
    info: { labels: toLabels({ "mesos-docker/image": image, "mesos-docker/command": line }) },
  }),
  "labels and argv": (image) => ({ info: { labels: toLabels({ "mesos-docker/image": image }) }, words: inShell }),
  argv: (image) => ({ info: {}, words: [image, ...inShell] }),
  "a docker:/// URL in argv": (image) => ({ info: {}, words: [`docker:///${image}`, ...inShell] }),
  "Marathon 0.2, whose JSON names no image": (image) => ({
    info: { data: toJson({ id: "/app", cmd: "…", container: null }) },
    words: [image, ...inShell],
  }),
  "Marathon 0.5": (image) => ({
    info: { data: toJson({ cmd: "…", container: { image: `docker:///${image}`, options: ["--net", "none"] } }) },
    words: inShell,
  }),
  "Marathon 0.7": (image) => ({
    info: { data: toJson({ cmd: line, container: { type: "DOCKER", docker: { image, network: "BRIDGE" } } }) },
    words: [line],
  }),
  "Marathon 0.7 with args": (image) => ({
    info: { data: toJson({ args: ["sh", "-c", line], container: { type: "DOCKER", docker: { image } } }) },
  }),
  Chronos: (image) => ({ info: { data: encode(`${image}|${line}`) } }),
  "Singularity, by text": (image) => ({ info: { container: dockerInfo(image), data: encode(line) } }),
  "Singularity, by JSON": (image) => ({
    info: { container: dockerInfo(image), data: toJson({ cmd: "sh -c", extraCmdLineArgs: [`'${line}'`] }) },
  }),
};

testOnDocker("every carrier can say which image to run, and what in it", async (bench) => {
  await using cluster = await openTestCluster(bench);
  const environment = { GREETING: "hello" };
  const tasks = Object.entries(carriers).map(([name, toSaid]) => {
    return { name, taskId: name.replaceAll(/\W+/g, "-"), said: toSaid(bench.image) };
  });
  for (const { taskId, said } of tasks) {
    cluster.launch(taskId, { ...said, environment, describedBy: "info and words" });
  }
  for (const { name, taskId } of tasks) {
    const { message } = await cluster.book.end(taskId);
    assert.equal(message, "Container exited with status 0", name);
    assert.equal(await cluster.sandboxText(taskId, "stdout"), "hello world\n0\n", name);
  }
});

testOnDocker("MESOS_DOCKER_EXPLAIN tells what a task was read as, and who said it", async (bench) => {
  const executorEnvironment = { MESOS_DOCKER_EXPLAIN: "1" };
  await using cluster = await openTestCluster(bench, { executorEnvironment });
  const info = { container: dockerInfo(bench.image), labels: toLabels({ "mesos-docker/user": "65534" }) };
  cluster.launch("task", { info, describedBy: "info and words" });
  await cluster.book.end("task");
  const { image, container, sources } = JSON.parse(await cluster.sandboxText("task", "stderr"));
  assert.deepEqual([image, container.User], [bench.image, "65534"]);
  assert.deepEqual([sources.Image, sources.User], [["TaskInfo.container"], ["TaskInfo.labels user"]]);
});
