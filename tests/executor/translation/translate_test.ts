import assert from "node:assert/strict";
import { test } from "node:test";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { ExecutorInfoSchema } from "../../../proto/slim/mesos/v1/mesos_pb.ts";
import { TaskError } from "../../../src/executor/task_error.ts";
import type { TaskSpec } from "../../../src/executor/task_spec.ts";
import { formatDocument } from "../../../src/executor/translation/document.ts";
import { type TranslationContext, toTaskSpec } from "../../../src/executor/translation/translate.ts";
import { ContainerInfo_DockerInfo_Network } from "../../../src/mesos/protocol.ts";
import { createTask, scalar, type TaskInit } from "../task_specimen.ts";

type Variables = { name: string; value: string }[];

function createContext(overrides: Partial<TranslationContext> = {}): TranslationContext {
  return {
    executorInfo: createExecutorInfo([]),
    argv: [],
    directory: "/sandbox",
    hostMemoryBytes: 2 ** 34,
    containerName: "task-t1-00",
    ...overrides,
  };
}

function createExecutorInfo(variables: Variables): TranslationContext["executorInfo"] {
  const init: MessageInitShape<typeof ExecutorInfoSchema> = {
    executorId: { value: "e1" },
    command: { environment: { variables } },
  };
  return create(ExecutorInfoSchema, init);
}

function translate(init: TaskInit, context: Partial<TranslationContext> = {}): TaskSpec {
  return toTaskSpec(createTask(init), createContext(context));
}

const docker = { docker: { image: "busybox" } };

test("toTaskSpec() reads the simplest task", () => {
  assert.deepEqual(translate({ container: docker }), {
    taskId: "t1",
    image: "busybox",
    pull: "missing",
    environment: new Map([
      ["MESOS_SANDBOX", "/mnt/mesos/sandbox"],
      ["MESOS_CONTAINER_NAME", "task-t1-00"],
    ]),
    network: { kind: "host" },
    ports: [],
    volumes: [{ source: "/sandbox", target: "/mnt/mesos/sandbox", mode: "rw" }],
    limits: {},
    privileged: "no",
  });
});

test("toTaskSpec() takes the image from DockerInfo and all of argv as arguments", () => {
  const { image, command } = translate({ container: docker }, { argv: ["echo", "hi"] });
  assert.deepEqual({ image, command }, { image: "busybox", command: ["echo", "hi"] });
});

test("toTaskSpec() takes the image from argv when DockerInfo names none", () => {
  const { image, command, network } = translate({}, { argv: ["redis", "echo", "hi"] });
  assert.deepEqual(
    { image, command, network },
    { image: "redis", command: ["echo", "hi"], network: { kind: "bridge" } },
  );
});

for (const argv of [[], [""]]) {
  test(`toTaskSpec() refuses a task without image, argv ${JSON.stringify(argv)}`, () => {
    assert.throws(
      () => translate({}, { argv }),
      new TaskError(
        "invalid",
        "No image: set container.docker.image in TaskInfo, or start the executor with IMAGE as its first argument",
      ),
    );
  });
}

test("toTaskSpec() passes privileged and a forced pull on", () => {
  const { privileged, pull } = translate({
    container: { docker: { image: "busybox", privileged: true, forcePullImage: true } },
  });
  assert.deepEqual({ privileged, pull }, { privileged: "yes", pull: "always" });
});

test("toTaskSpec() reads the grace of the task's kill policy, also none at all", () => {
  const killGrace = (nanoseconds: bigint) =>
    translate({ container: docker, killPolicy: { gracePeriod: { nanoseconds } } }).killGraceMs;
  assert.equal(killGrace(10_500_000_000n), 10_500);
  assert.equal(killGrace(0n), 0);
  assert.equal(translate({ container: docker, killPolicy: {} }).killGraceMs, undefined);
});

test("toTaskSpec() keeps what the task says of its network", () => {
  const labels = { labels: [{ key: "k", value: "v" }] };
  const spec = translate({
    container: {
      docker: { image: "busybox", network: ContainerInfo_DockerInfo_Network.USER },
      networkInfos: [{ name: "web", labels }],
      hostname: "db",
    },
  });
  assert.deepEqual(spec.network, { kind: "user", name: "web" });
  assert.equal(spec.networkInfo?.name, "web");
  assert.equal(spec.networkInfo?.labels?.labels[0]?.value, "v");
  assert.equal(spec.hostname, "db");
});

test("toTaskSpec() lays the task's environment over the executor's, and the document's over both", () => {
  const { environment } = translate(
    {
      container: docker,
      command: {
        shell: false,
        environment: {
          variables: [
            { name: "A", value: "task" },
            { name: "B", value: "task" },
          ],
        },
      },
      data: formatDocument({ environment: { B: "document", C: "x=y\n€" } }),
    },
    {
      executorInfo: createExecutorInfo([
        { name: "A", value: "executor" },
        { name: "PORT0", value: "31000" },
      ]),
    },
  );
  assert.deepEqual(Object.fromEntries(environment), {
    A: "task",
    B: "document",
    C: "x=y\n€",
    PORT0: "31000",
    MESOS_SANDBOX: "/mnt/mesos/sandbox",
    MESOS_CONTAINER_NAME: "task-t1-00",
  });
});

test("toTaskSpec() forces Mesos' own variables over everybody's", () => {
  const own = ["MESOS_SANDBOX", "MESOS_CONTAINER_NAME", "MESOS_ALLOCATION_ROLE"];
  const variables = own.map((name) => ({ name, value: "mine" }));
  const { environment } = translate(
    {
      container: docker,
      command: { shell: false, environment: { variables } },
      data: formatDocument({ environment: Object.fromEntries(own.map((name) => [name, "mine"])) }),
      resources: [scalar("cpus", 1, "web"), scalar("mem", 64)],
    },
    { executorInfo: createExecutorInfo(variables) },
  );
  assert.deepEqual(Object.fromEntries(environment), {
    MESOS_SANDBOX: "/mnt/mesos/sandbox",
    MESOS_CONTAINER_NAME: "task-t1-00",
    MESOS_ALLOCATION_ROLE: "web",
  });
});

test("toTaskSpec() takes nothing from the executor's own process", () => {
  const { environment } = translate({ container: docker });
  assert.deepEqual([...environment.keys()], ["MESOS_SANDBOX", "MESOS_CONTAINER_NAME"]);
});

test("toTaskSpec() lets the last of two variables of a name win", () => {
  const variables = [
    { name: "A", value: "1" },
    { name: "A", value: "2" },
  ];
  const { environment } = translate({ container: docker }, { executorInfo: createExecutorInfo(variables) });
  assert.equal(environment.get("A"), "2");
});

test("toTaskSpec() refuses what it cannot honour before anything else", () => {
  assert.throws(
    () => translate({ check: {}, data: new Uint8Array([1]) }),
    new TaskError("unsupported", "Cannot honour TaskInfo fields: check"),
  );
});

test("toTaskSpec() refuses a document that it cannot read", () => {
  assert.throws(
    () => translate({ container: docker, data: new TextEncoder().encode("flags|cmd") }),
    new TaskError("unsupported", "Cannot use TaskInfo.data: it is not JSON"),
  );
});
