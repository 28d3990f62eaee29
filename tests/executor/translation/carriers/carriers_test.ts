import assert from "node:assert/strict";
import { test } from "node:test";
import { formatDocument } from "../../../../src/executor/translation/document.ts";
import { Image_Type as ImageType } from "../../../../src/mesos/protocol.ts";
import type { TaskInit } from "../../task_specimen.ts";
import { assertRefused, bytesOf, readBody, type Surroundings, translate } from "../translation_specimen.ts";

/** A task and what surrounds it, as one carrier has it. */
interface Carrier {
  task: TaskInit;
  surroundings?: Surroundings;
}

const image = "reg.example:5000/web:2";
const label = (key: string, value: string) => ({ key: `mesos-docker/${key}`, value });
const mesosImage = { type: ImageType.DOCKER, docker: { name: image } };

/** Every carrier of an image, in a bridge; what runs is said by others. */
const imageCarriers: Readonly<Record<string, Carrier>> = {
  "TaskInfo.container.docker": { task: { container: { docker: { image, network: 2 } } } },
  "TaskInfo.container.docker as a URL": {
    task: { container: { docker: { image: `docker:///${image}`, network: 2 } } },
  },
  "TaskInfo.container.mesos": {
    task: { container: { mesos: { image: mesosImage }, networkInfos: [{ name: "bridge" }] } },
  },
  "TaskInfo.labels": { task: { labels: { labels: [label("image", image)] } } },
  argv: { task: {}, surroundings: { argv: [image] } },
};

/** Every manner of saying what runs, beside an image of another carrier, and what the daemon is asked for. */
const commands: readonly { title: string; task?: TaskInit; argv?: string[]; expected: object }[] = [
  { title: "nothing", expected: {} },
  {
    title: "a line of TaskInfo.command",
    task: { command: { value: "echo $A" } },
    expected: { Entrypoint: ["/bin/sh"], Cmd: ["-c", "echo $A"] },
  },
  {
    title: "words of TaskInfo.command",
    task: { command: { shell: false, value: "a", arguments: ["b", "c d"] } },
    expected: { Cmd: ["a", "b", "c d"] },
  },
  {
    title: "a line of our document",
    task: { data: formatDocument({ command: "echo $A" }) },
    expected: { Entrypoint: ["/bin/sh"], Cmd: ["-c", "echo $A"] },
  },
  {
    title: "words of our document",
    task: { data: formatDocument({ command: ["a", "b", "c d"] }) },
    expected: { Cmd: ["a", "b", "c d"] },
  },
  { title: "argv", argv: ["a", "b", "c d"], expected: { Cmd: ["a", "b", "c d"] } },
];

for (const [name, carrier] of Object.entries(imageCarriers)) {
  for (const { title, task, argv = [], expected } of commands) {
    test(`toTaskSpec() runs ${title} in the image of ${name}`, () => {
      const words = [...(carrier.surroundings?.argv ?? []), ...argv];
      const body = readBody({ ...carrier.task, ...task }, { argv: words });
      assert.deepEqual(body, {
        Image: image,
        ...expected,
        Env: ["MESOS_SANDBOX=/mnt/mesos/sandbox", "MESOS_CONTAINER_NAME=task-t1-00"],
        Labels: {},
        HostConfig: { NetworkMode: "bridge", Binds: [], Mounts: [] },
      });
    });
  }
}

const line = "exec httpd -f | tee log";
const container = { type: "DOCKER", docker: { image, network: "BRIDGE" } };

/** Every carrier that says both image and line, in a bridge: the daemon is asked for the same by each. */
const wholes: Readonly<Record<string, Carrier>> = {
  "TaskInfo.container and TaskInfo.command": {
    task: { container: { docker: { image, network: 2 } }, command: { value: line } },
  },
  "our document": { task: { data: formatDocument({ image, network: "bridge", command: line }) } },
  "our document for the whole executor": {
    task: {},
    surroundings: { executor: { data: formatDocument({ image, network: "bridge", command: line }) } },
  },
  labels: { task: { labels: { labels: [label("image", image), label("network", "bridge"), label("command", line)] } } },
  "Marathon's JSON": {
    task: { data: bytesOf(JSON.stringify({ id: "/web", cmd: line, container })) },
    surroundings: { argv: ["exec", "httpd"] },
  },
  "Chronos' data": { task: { data: bytesOf(`${image}|${line}`) } },
  "Chronos' data behind argv": { task: { data: bytesOf(`|${line}`) }, surroundings: { argv: [image] } },
  "Singularity's text": { task: { container: { docker: { image, network: 2 } }, data: bytesOf(line) } },
  "Singularity's JSON": {
    task: { container: { docker: { image, network: 2 } }, data: bytesOf(JSON.stringify({ cmd: line })) },
  },
};

for (const [name, { task, surroundings }] of Object.entries(wholes)) {
  test(`toTaskSpec() reads the same from ${name}`, () => {
    const reference = wholes["TaskInfo.container and TaskInfo.command"];
    const expected = readBody(reference?.task ?? {});
    assert.equal(expected.Image, image);
    assert.deepEqual(expected.Cmd, ["-c", line]);
    assert.deepEqual(readBody(task, surroundings), expected);
  });
}

const docker = (name: string): TaskInit => ({ container: { docker: { image: name } } });
const all: TaskInit = {
  ...docker("container"),
  data: formatDocument({ image: "data" }),
  labels: { labels: [label("image", "label")] },
};

const precedence: readonly { title: string; task: TaskInit; expected: string; from: string }[] = [
  { title: "the container's over all", task: all, expected: "container", from: "TaskInfo.container" },
  { title: "data's over labels", task: { ...all, container: {} }, expected: "data", from: "TaskInfo.data" },
  {
    title: "a label's over argv",
    task: { labels: { labels: [label("image", "label")] } },
    expected: "label",
    from: "TaskInfo.labels",
  },
  { title: "argv's when nobody else names one", task: {}, expected: "argv", from: "argv" },
];

for (const { title, task, expected, from } of precedence) {
  test(`toTaskSpec() takes an image: ${title}`, () => {
    const spec = translate(task, { argv: ["argv", "word"] });
    assert.equal(spec.image, expected);
    assert.deepEqual(spec.sources.Image, [from]);
    assert.deepEqual(spec.container.Cmd, expected === "argv" ? ["word"] : ["argv", "word"]);
  });
}

/** Each field that a document has, in the container or the command, in data and in a label. */
const overruled: readonly {
  title: string;
  task: TaskInit;
  low: object;
  read: (init: TaskInit) => unknown;
  expected: unknown;
}[] = [
  {
    title: "user",
    task: { command: { shell: false, user: "high" } },
    low: { user: "low" },
    read: (init) => readBody(init).User,
    expected: "high",
  },
  {
    title: "network",
    task: { container: { docker: { image: "x", network: 2 } } },
    low: { network: "none" },
    read: (init) => readBody(init).HostConfig?.NetworkMode,
    expected: "bridge",
  },
  {
    title: "hostname",
    task: { container: { docker: { image: "x", network: 2 }, hostname: "high" } },
    low: { hostname: "low" },
    read: (init) => readBody(init).Hostname,
    expected: "high",
  },
  {
    title: "pull",
    task: { container: { docker: { image: "x", forcePullImage: true } } },
    low: { pull: "never" },
    read: (init) => translate(init).pull,
    expected: "always",
  },
  {
    title: "privileged",
    task: { container: { docker: { image: "x", privileged: true } } },
    low: { privileged: false },
    read: (init) => readBody(init).HostConfig?.Privileged,
    expected: true,
  },
  {
    title: "command",
    task: { command: { shell: false, value: "high" } },
    low: { command: ["low"] },
    read: (init) => readBody(init).Cmd,
    expected: ["high"],
  },
];

for (const { title, task, low, read, expected } of overruled) {
  test(`toTaskSpec() prefers ${title} of TaskInfo.container and TaskInfo.command to that of data`, () => {
    const data = formatDocument(low);
    const alone: TaskInit = {
      container: { docker: { image: "x", ...(title === "hostname" ? { network: 2 } : {}) } },
      data,
    };
    assert.notDeepEqual(read(alone), expected, "data alone says something else");
    assert.deepEqual(read({ ...docker("x"), ...task, data }), expected);
  });
}

test("toTaskSpec() prefers data to labels field by field", () => {
  const labels = [label("user", "low"), label("workdir", "/low"), label("stopSignal", "SIGINT")];
  const body = readBody({
    ...docker("x"),
    labels: { labels },
    data: formatDocument({ user: "high", workdir: "/high" }),
  });
  assert.deepEqual([body.User, body.WorkingDir, body.StopSignal], ["high", "/high", "SIGINT"]);
});

test("toTaskSpec() makes no privileged container of labels when data says that it is none", () => {
  const task = { ...docker("x"), labels: { labels: [label("privileged", "true")] } };
  assert.equal(readBody(task).HostConfig?.Privileged, true);
  assert.equal(readBody({ ...task, data: formatDocument({ privileged: false }) }).HostConfig?.Privileged, undefined);
});

for (const argv of [[], [""]]) {
  test(`toTaskSpec() refuses a task without image, argv ${JSON.stringify(argv)} (case 72)`, () => {
    assertRefused(
      {},
      {
        code: "invalid",
        message:
          "No image: set container.docker.image in TaskInfo, image in TaskInfo.data, label mesos-docker/image, " +
          "or start the executor with IMAGE as its first argument",
      },
      { argv },
    );
  });
}
