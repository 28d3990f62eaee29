import assert from "node:assert/strict";
import { test } from "node:test";
import { formatDocument } from "../../../src/executor/translation/document.ts";
import { toTaskSpec } from "../../../src/executor/translation/translate.ts";
import { decodeEvent, Event_Type, encodeEvent, Secret_Type } from "../../../src/mesos/protocol.ts";
import { ports, scalar, type TaskInit } from "../task_specimen.ts";
import { assertRefused, bytesOf, createContext, docker, readBody, translate } from "./translation_specimen.ts";

test("toTaskSpec() reads the simplest task", () => {
  assert.deepEqual(translate({ container: docker }), {
    taskId: "t1",
    image: "busybox",
    pull: "missing",
    container: {
      Env: ["MESOS_SANDBOX=/mnt/mesos/sandbox", "MESOS_CONTAINER_NAME=task-t1-00"],
      HostConfig: { NetworkMode: "host" },
    },
    mounts: [
      {
        kind: "host",
        path: "/sandbox",
        chosenBy: "agent",
        missing: "made by the daemon",
        target: "/mnt/mesos/sandbox",
        mode: "rw",
        source: "sandbox",
      },
    ],
    ports: [],
    amounts: {},
    logs: {},
    secrets: [],
    parameters: [],
    operatorOptions: [],
    sources: {
      Image: ["TaskInfo.container"],
      "Env.MESOS_SANDBOX": ["Mesos"],
      "Env.MESOS_CONTAINER_NAME": ["Mesos"],
      "HostConfig.NetworkMode": ["default"],
    },
    warnings: [],
  });
});

test("toTaskSpec() passes privileged and a forced pull on", () => {
  const init = { container: { docker: { image: "busybox", privileged: true, forcePullImage: true } } };
  assert.equal(readBody(init).HostConfig?.Privileged, true);
  assert.equal(translate(init).pull, "always");
});

test("toTaskSpec() reads the grace of the task's kill policy, also none at all", () => {
  const killGrace = (nanoseconds: bigint) =>
    translate({ container: docker, killPolicy: { gracePeriod: { nanoseconds } } }).killGraceMs;
  assert.equal(killGrace(10_500_000_000n), 10_500);
  assert.equal(killGrace(0n), 0);
  assert.equal(translate({ container: docker, killPolicy: {} }).killGraceMs, undefined);
});

const document: {
  fields: Parameters<typeof formatDocument>[0];
  read: (init: TaskInit) => unknown;
  expected: unknown;
}[] = [
  { fields: { image: "x" }, read: (init) => translate(init).image, expected: "x" },
  { fields: { pull: "never" }, read: (init) => translate(init).pull, expected: "never" },
  { fields: { platform: "linux/arm64" }, read: (init) => translate(init).platform, expected: "linux/arm64" },
  { fields: { entrypoint: ["/e"] }, read: (init) => readBody(init).Entrypoint, expected: ["/e"] },
  { fields: { command: ["a"] }, read: (init) => readBody(init).Cmd, expected: ["a"] },
  { fields: { args: ["a"] }, read: (init) => readBody(init).Cmd, expected: ["a"] },
  { fields: { env: { A: "1" } }, read: (init) => readBody(init).Env?.[0], expected: "A=1" },
  { fields: { user: "1:2" }, read: (init) => readBody(init).User, expected: "1:2" },
  { fields: { workdir: "/w" }, read: (init) => readBody(init).WorkingDir, expected: "/w" },
  { fields: { hostname: "db" }, read: (init) => readBody(init).Hostname, expected: "db" },
  { fields: { network: "web" }, read: (init) => readBody(init).HostConfig?.NetworkMode, expected: "web" },
  { fields: { privileged: true }, read: (init) => readBody(init).HostConfig?.Privileged, expected: true },
  {
    fields: { ports: [{ hostPort: 31_000, containerPort: 80 }] },
    read: (init) => translate({ ...init, resources: [ports([31_000, 31_000])] }).ports,
    expected: [{ hostPort: 31_000, containerPort: 80, protocol: "tcp" }],
  },
  {
    fields: { volumes: [{ hostPath: "/h", containerPath: "/c" }] },
    read: (init) => translate(init).mounts[0]?.target,
    expected: "/c",
  },
  {
    fields: { parameters: [{ key: "init", value: "true" }] },
    read: (init) => readBody(init).HostConfig?.Init,
    expected: true,
  },
  { fields: { stopSignal: "SIGINT" }, read: (init) => readBody(init).StopSignal, expected: "SIGINT" },
  {
    fields: { logs: { maxSize: "1m", maxFiles: 2 } },
    read: (init) => translate(init).logs,
    expected: { maxBytes: 1_048_576, maxFiles: 2 },
  },
];

for (const { fields, read, expected } of document) {
  test(`toTaskSpec() honours ${Object.keys(fields)} of a document`, () => {
    assert.deepEqual(read({ data: formatDocument({ image: "busybox", ...fields }) }), expected);
  });
}

test("toTaskSpec() says who said each field", () => {
  const { sources } = translate({
    container: {
      docker: { image: "busybox", parameters: [{ key: "memory", value: "64m" }] },
      rlimitInfo: { rlimits: [{ type: 10 }] },
    },
    resources: [scalar("cpus", 1), scalar("mem", 32)],
    data: formatDocument({ env: { A: "1" }, workdir: "/w" }),
  });
  const expected = {
    Image: ["TaskInfo.container"],
    "Env.A": ["TaskInfo.data"],
    WorkingDir: ["TaskInfo.data workdir"],
    "HostConfig.CpuShares": ["resources.cpus"],
    "HostConfig.Memory": ["DockerInfo.parameters memory"],
    "HostConfig.Ulimits": ["container.rlimit_info"],
  };
  assert.deepEqual(Object.fromEntries(Object.keys(expected).map((key) => [key, sources[key]])), expected);
});

test("toTaskSpec() applies parameters over all else, and warns of those that the operator ignores", () => {
  const parameters = [
    { key: "hostname", value: "parameter" },
    { key: "cpus", value: "nonsense" },
    { key: "env", value: "A=parameter" },
  ];
  const init: TaskInit = {
    container: { docker: { image: "busybox", network: 2, parameters }, hostname: "db" },
    data: formatDocument({ env: { A: "document" } }),
  };
  const spec = translate(init, { ignoredParameters: new Set(["cpus"]) });
  assert.equal(spec.container.Hostname, "parameter");
  assert.equal(spec.container.Env?.[0], "A=parameter");
  assert.deepEqual(spec.parameters, ["hostname", "env"]);
  assert.deepEqual(spec.warnings, ['Parameter "cpus" of DockerInfo.parameters is ignored, as the operator wants it']);
});

test("toTaskSpec() reads files that parameters name from the sandbox", () => {
  const parameters = [{ key: "env-file", value: "vars" }];
  const spec = translate({ container: { docker: { image: "busybox", parameters } } }, { files: { vars: "B=2\n" } });
  assert.ok(spec.container.Env?.includes("B=2"));
});

test("toTaskSpec() lets the operator decide whether ports outside of the offer may be published", () => {
  const parameters = [{ key: "publish", value: "80:80" }];
  const init: TaskInit = { container: { docker: { image: "busybox", network: 2, parameters } } };
  assert.deepEqual(translate(init, { publishedPorts: "any" }).ports, [
    { hostPort: 80, containerPort: 80, protocol: "tcp" },
  ]);
  assertRefused(init, {
    code: "invalid",
    message: "Port [80] not included in resources (DockerInfo.parameters publish)",
  });
});

test("toTaskSpec() refuses what it cannot honour before anything else, all at once", () => {
  assertRefused(
    { limits: { disk: { value: 1 }, gpus: { value: 1 } }, data: new Uint8Array([1]) },
    {
      code: "unsupported",
      message:
        "Cannot honour TaskInfo fields: limits.disk (only cpus and mem have limits), " +
        "limits.gpus (only cpus and mem have limits)",
    },
  );
});

test("toTaskSpec() reads a task that came over the wire as one that was written down", () => {
  const init: TaskInit = {
    name: "specimen",
    taskId: { value: "t1" },
    agentId: { value: "a1" },
    command: { shell: false, environment: { variables: [{ name: "A", value: "1" }] } },
    container: {
      type: 1,
      docker: { image: "busybox" },
      rlimitInfo: { rlimits: [{ type: 10 }, { type: 2, soft: 1n, hard: 2n }] },
      volumes: [
        {
          mode: 1,
          containerPath: "/s",
          source: { type: 3, secret: { type: Secret_Type.VALUE, value: { data: bytesOf("x") } } },
        },
      ],
    },
    resources: [scalar("cpus", 0.5), ports([31_000, 31_001])],
    limits: { cpus: { value: Number.POSITIVE_INFINITY } },
  };
  const { launch } = decodeEvent(encodeEvent({ type: Event_Type.LAUNCH, launch: { task: init } }));
  assert.ok(launch?.task);
  const spec = toTaskSpec(launch.task, createContext());
  assert.deepEqual(JSON.parse(JSON.stringify(spec)), JSON.parse(JSON.stringify(translate(init))));
  assert.equal(spec.container.HostConfig?.NetworkMode, "host");
});

test("toTaskSpec() takes the archive of the first that names one, and tells who did", () => {
  const labels = { labels: [{ key: "mesos-docker/imageArchive", value: "a.tar" }] };
  const { imageArchive, sources } = translate({ container: docker, labels });
  assert.deepEqual([imageArchive, sources.imageArchive], ["a.tar", ["TaskInfo.labels imageArchive"]]);
  const spoken = translate({ container: docker, labels, data: formatDocument({ imageArchive: "b.tar" }) });
  assert.deepEqual([spoken.imageArchive, spoken.sources.imageArchive], ["b.tar", ["TaskInfo.data imageArchive"]]);
  assert.equal("imageArchive" in translate({ container: docker }), false);
});
