// What the first mesos-docker, old Marathon, Chronos and Singularity say (contract D.5, cases 70 to 76).
import assert from "node:assert/strict";
import { test } from "node:test";
import { mapExposed, toContainerCreate } from "../../../../src/executor/container/create_body.ts";
import { ports, scalar, type TaskInit } from "../../task_specimen.ts";
import {
  assertRefused,
  bytesOf,
  readBody,
  readVariables,
  type Surroundings,
  translate,
} from "../translation_specimen.ts";

const json = (value: unknown): Uint8Array => bytesOf(JSON.stringify(value));

test("argv names image and words, and ports are those that the image exposes (case 70)", () => {
  const task = { data: json({}), resources: [ports([31_000, 31_001])] };
  const surroundings = { argv: ["busybox", "echo", "hi"] };
  const spec = translate(task, surroundings);
  const exposed = mapExposed(["443/tcp", "80/tcp"], spec);
  const { body } = toContainerCreate(spec, { name: "n", labels: {}, binds: [], mounts: [], exposed });
  assert.equal(body.Image, "busybox");
  assert.deepEqual(body.Cmd, ["echo", "hi"]);
  assert.equal("Entrypoint" in body, false);
  assert.equal(body.HostConfig?.NetworkMode, "bridge");
  assert.deepEqual(body.ExposedPorts, { "80/tcp": {}, "443/tcp": {} });
  assert.deepEqual(body.HostConfig?.PortBindings, {
    "80/tcp": [{ HostPort: "31000" }],
    "443/tcp": [{ HostPort: "31001" }],
  });
  assert.deepEqual(readVariables(task, surroundings), {
    PORT0: "31000",
    PORT1: "31001",
    PORT: "31000",
    PORTS: "31000,31001",
  });
  assert.deepEqual(spec.warnings, []);
});

test("JSON with a container names image and options, and argv has its words (case 71)", () => {
  const data = json({
    env: { PORT0: "1", X: "y" },
    container: { image: "docker:///a/b:1", options: ["-v", "/x:/y"] },
  });
  const task = { data, resources: [ports([31_000, 31_000])] };
  const surroundings = { argv: ["-c", "run"] };
  const body = readBody(task, surroundings);
  assert.equal(body.Image, "a/b:1");
  assert.deepEqual(body.Cmd, ["-c", "run"]);
  assert.deepEqual(body.HostConfig?.Binds, ["/x:/y"]);
  assert.deepEqual(readVariables(task, surroundings), { PORT0: "1", PORT: "31000", PORTS: "31000", X: "y" });
});

const unheeded: readonly { title: string; data: Uint8Array; warning: string }[] = [
  {
    title: "container null",
    data: json({ env: { X: "y" }, container: null }),
    warning: "TaskInfo.data: container is not heeded: it is null",
  },
  {
    title: "an image without docker:///",
    data: json({ container: { image: "a/b" } }),
    warning: "TaskInfo.data: container is not heeded: its image is not docker:///…",
  },
  { title: "broken JSON", data: bytesOf("{"), warning: "TaskInfo.data is not heeded: it is not JSON" },
  {
    title: "a text",
    data: bytesOf("hello"),
    warning: 'TaskInfo.data is not heeded: it is neither JSON nor "flags|command"',
  },
  {
    title: "bytes that are no text",
    data: new Uint8Array([0xff]),
    warning: "TaskInfo.data is not heeded: it is no text in UTF-8",
  },
];

for (const { title, data, warning } of unheeded) {
  test(`${title} is warned of, and argv says what runs (case 72)`, () => {
    const { image, container, warnings } = translate({ data }, { argv: ["busybox", "x"] });
    assert.deepEqual({ image, Cmd: container.Cmd, warnings }, { image: "busybox", Cmd: ["x"], warnings: [warning] });
  });
}

test("broken JSON without argv is an error that asks for an image (case 72)", () => {
  assert.throws(() => translate({ data: bytesOf("{") }), /^TaskError: No image: /);
});

const webContainer = {
  type: "DOCKER",
  docker: {
    image: "web:2",
    network: "BRIDGE",
    portMappings: [
      { containerPort: 80, hostPort: 0, servicePort: 10_000, protocol: "tcp" },
      { containerPort: 53, hostPort: 31_000, servicePort: 10_001, protocol: "udp,tcp" },
      { containerPort: 0, hostPort: 0, protocol: "tcp" },
    ],
    privileged: true,
    forcePullImage: true,
    parameters: [{ key: "cap-add", value: "NET_ADMIN" }],
  },
  volumes: [
    { containerPath: "/data", hostPath: "/srv", mode: "RO" },
    { containerPath: "/own", hostPath: "own", mode: "RW" },
  ],
};

test("the JSON of Marathon 0.7 to 1.1 equals the protobuf form (case 73)", () => {
  const resources = [scalar("cpus", 0.5), scalar("mem", 64), ports([31_000, 31_002])];
  const env = { A: "1" };
  const old = translate({
    data: json({ id: "/web", cmd: "exec httpd -f", env, container: webContainer, labels: { team: "web" } }),
    resources,
  });
  const form = translate({
    command: { value: "exec httpd -f", environment: { variables: [{ name: "A", value: "1" }] } },
    container: {
      docker: {
        image: "web:2",
        network: 2,
        privileged: true,
        forcePullImage: true,
        parameters: [{ key: "cap-add", value: "NET_ADMIN" }],
        portMappings: [
          { hostPort: 31_001, containerPort: 80, protocol: "tcp" },
          { hostPort: 31_000, containerPort: 53, protocol: "udp" },
          { hostPort: 31_000, containerPort: 53, protocol: "tcp" },
          { hostPort: 31_002, containerPort: 31_002, protocol: "tcp" },
        ],
      },
      volumes: [
        { containerPath: "/data", hostPath: "/srv", mode: 2 },
        { containerPath: "/own", hostPath: "own", mode: 1 },
      ],
    },
    resources,
  });
  const withoutPorts = (variables: readonly string[] = []) => variables.filter((one) => !one.startsWith("PORT")).sort();
  assert.deepEqual(
    { ...old.container, Env: withoutPorts(old.container.Env) },
    { ...form.container, Env: withoutPorts(form.container.Env) },
  );
  assert.deepEqual(old.ports, form.ports);
  assert.deepEqual(
    old.mounts.map(({ source: _source, ...mount }) => mount),
    form.mounts.map(({ source: _source, ...mount }) => mount),
  );
  assert.deepEqual([old.image, old.pull, old.parameters], [form.image, form.pull, form.parameters]);
  assert.equal("portsForExposed" in old, false, "ports that are mapped are not mapped once more");
  assert.deepEqual(old.warnings, []);
});

test("what today's Marathon sends to an executor is complete: image by argv or label, variables of the executor (case 74)", () => {
  const variables = [
    { name: "HOST", value: "node-1" },
    { name: "PORT0", value: "31007" },
    { name: "PORT", value: "31007" },
    { name: "PORTS", value: "31007" },
    { name: "MARATHON_APP_ID", value: "/web" },
  ];
  const executor = { command: { value: "chmod ug+rx '/x' && exec '/x' busybox httpd", environment: { variables } } };
  const resources = [ports([31_007, 31_007])];
  const expected = Object.fromEntries(variables.map(({ name, value }) => [name, value]));
  const byArgv = { executor, argv: ["busybox", "httpd"] };
  const byLabel = { executor, argv: ["httpd"] };
  const labels = { labels: [{ key: "mesos-docker/image", value: "busybox" }] };
  for (const [task, surroundings] of [
    [{ resources }, byArgv],
    [{ resources, labels }, byLabel],
  ] as const satisfies readonly (readonly [TaskInit, Surroundings])[]) {
    assert.deepEqual(readVariables(task, surroundings), expected);
    const body = readBody(task, surroundings);
    assert.deepEqual([body.Image, body.Cmd], ["busybox", ["httpd"]]);
  }
});

test("Singularity's variables come from the executor, its command from data (case 75)", () => {
  const task: TaskInit = {
    container: { docker: { image: "busybox" } },
    data: json({ cmd: "exit 0", user: "nobody", maxOpenFiles: 99, loggingTag: "t" }),
    resources: [scalar("cpus", 0.5), scalar("mem", 128)],
  };
  const executor = { command: { environment: { variables: [{ name: "PORT0", value: "31000" }] } } };
  assert.deepEqual(readBody(task, { executor }), {
    Image: "busybox",
    Entrypoint: ["/bin/sh"],
    Cmd: ["-c", "exit 0"],
    User: "nobody",
    Env: ["PORT0=31000", "MESOS_SANDBOX=/mnt/mesos/sandbox", "MESOS_CONTAINER_NAME=task-t1-00"],
    Labels: {},
    HostConfig: {
      NetworkMode: "host",
      CpuShares: 512,
      Memory: 134_217_728,
      Ulimits: [{ Name: "nofile", Soft: 99, Hard: 99 }],
      Binds: [],
      Mounts: [],
    },
  });
});

const flags: readonly { title: string; data: string; argv?: string[]; expected: object }[] = [
  {
    title: "flags name the image",
    data: "busybox|echo a | wc",
    expected: { Image: "busybox", Entrypoint: ["/bin/sh"], Cmd: ["-c", "echo a | wc"] },
  },
  {
    title: "argv names the image",
    data: "|echo hi",
    argv: ["busybox"],
    expected: { Image: "busybox", Entrypoint: ["/bin/sh"], Cmd: ["-c", "echo hi"] },
  },
  {
    title: "flags have words when there is no command",
    data: "busybox 'a b' c|",
    expected: { Image: "busybox", Cmd: ["a b", "c"] },
  },
  {
    title: "flags stand behind argv",
    data: "c|",
    argv: ["busybox", "b"],
    expected: { Image: "busybox", Cmd: ["b", "c"] },
  },
];

for (const { title, data, argv = [], expected } of flags) {
  test(`Chronos' data: ${title} (case 76)`, () => {
    const { Image, Entrypoint, Cmd } = readBody({ data: bytesOf(data) }, { argv });
    assert.deepEqual({ Image, ...(Entrypoint ? { Entrypoint } : {}), ...(Cmd ? { Cmd } : {}) }, expected);
  });
}

test("JSON of Marathon that names fixed ports outside of the offer is refused (case 21)", () => {
  const docker = { ...webContainer.docker, portMappings: [{ containerPort: 80, hostPort: 80 }] };
  assertRefused(
    { data: json({ container: { ...webContainer, docker } }), resources: [ports([31_000, 31_000])] },
    { code: "invalid", message: "Port [80] not included in resources" },
  );
});
