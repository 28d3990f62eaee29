import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { ExecutorInfoSchema } from "../../proto/slim/mesos/v1/mesos_pb.ts";
import { toContainerCreate } from "../../src/executor/create_body.ts";
import { toTaskSpec } from "../../src/executor/translation/translate.ts";
import { ContainerInfo_DockerInfo_Network as Network, Volume_Mode } from "../../src/mesos/protocol.ts";
import { createSpec, createTask, ports, scalar, type TaskInit } from "./task_specimen.ts";

const named = { name: "task-t1-00", labels: { "mesos-docker.task": "t1" } };

function createBody(init: TaskInit, directory = "/sandbox") {
  const spec = toTaskSpec(createTask(init), {
    executorInfo: create(ExecutorInfoSchema, {
      executorId: { value: "e1" },
      command: {
        environment: {
          variables: [
            { name: "A", value: "1" },
            { name: "PORT0", value: "31000" },
          ],
        },
      },
    }),
    argv: [],
    directory,
    hostMemoryBytes: 16 * 2 ** 30,
    containerName: named.name,
  });
  return toContainerCreate(spec, named).body;
}

test("toContainerCreate() asks for a shell line with the limits that the task says, and the sandbox (case 10)", () => {
  const body = createBody({
    command: { shell: true, value: "exit 0" },
    container: { docker: { image: "busybox" } },
    resources: [scalar("cpus", 0.5), scalar("mem", 128)],
  });
  assert.deepEqual(body, {
    Image: "busybox",
    Entrypoint: ["/bin/sh"],
    Cmd: ["-c", "exit 0"],
    Env: ["A=1", "PORT0=31000", "MESOS_SANDBOX=/mnt/mesos/sandbox", "MESOS_CONTAINER_NAME=task-t1-00"],
    Labels: { "mesos-docker.task": "t1" },
    HostConfig: {
      NetworkMode: "host",
      Binds: ["/sandbox:/mnt/mesos/sandbox:rw"],
      Mounts: [],
      CpuShares: 512,
      Memory: 134_217_728,
    },
  });
});

test("toContainerCreate() leaves Entrypoint and Cmd to the image when nothing replaces them (case 13)", () => {
  const body = createBody({ command: { shell: false }, container: { docker: { image: "busybox" } } });
  assert.equal("Entrypoint" in body, false);
  assert.equal("Cmd" in body, false);
});

test("toContainerCreate() gives arguments to the image's entrypoint (case 14)", () => {
  const body = createBody({
    command: { shell: false, value: "a", arguments: ["b", "c d"] },
    container: { docker: { image: "busybox" } },
  });
  assert.equal("Entrypoint" in body, false);
  assert.deepEqual(body.Cmd, ["a", "b", "c d"]);
});

test("toContainerCreate() asks for the minimums at least (case 16)", () => {
  const { HostConfig } = createBody({
    container: { docker: { image: "busybox" } },
    resources: [scalar("cpus", 0.001), scalar("mem", 4)],
  });
  assert.equal(HostConfig?.CpuShares, 2);
  assert.equal(HostConfig?.Memory, 33_554_432);
});

const limited: TaskInit = {
  container: { docker: { image: "busybox" } },
  resources: [scalar("cpus", 0.5), scalar("mem", 128)],
};

test("toContainerCreate() asks for finite limits (case 17)", () => {
  const { HostConfig } = createBody({ ...limited, limits: { cpus: { value: 2 }, mem: { value: 256 } } });
  assert.equal(HostConfig?.CpuShares, 512);
  assert.equal(HostConfig?.CpuQuota, 200_000);
  assert.equal(HostConfig?.Memory, 268_435_456);
  assert.equal(HostConfig?.MemoryReservation, 134_217_728);
  assert.equal(HostConfig?.OomScoreAdj, 993);
});

test("toContainerCreate() asks for no quota and no hard limit when the limits are infinite (case 18)", () => {
  const infinite = { value: Number.POSITIVE_INFINITY };
  const { HostConfig } = createBody({ ...limited, limits: { cpus: infinite, mem: infinite } });
  assert.equal("CpuQuota" in (HostConfig ?? {}), false);
  assert.equal("Memory" in (HostConfig ?? {}), false);
  assert.equal(HostConfig?.MemoryReservation, 134_217_728);
  assert.equal(HostConfig?.OomScoreAdj, 993);
});

test("toContainerCreate() writes variables down as they are (case 19)", () => {
  const { Env } = createBody({
    command: {
      shell: false,
      environment: {
        variables: [
          { name: "A", value: "2" },
          { name: "EQUALS", value: "a=b=c" },
          { name: "LINES", value: "one\ntwo" },
          { name: "UNICODE", value: "Ü€😀" },
          { name: "EMPTY", value: "" },
        ],
      },
    },
    container: { docker: { image: "busybox" } },
    resources: [scalar("cpus", 1, "web")],
  });
  assert.deepEqual(Env, [
    "A=2",
    "PORT0=31000",
    "EQUALS=a=b=c",
    "LINES=one\ntwo",
    "UNICODE=Ü€😀",
    "EMPTY=",
    "MESOS_SANDBOX=/mnt/mesos/sandbox",
    "MESOS_CONTAINER_NAME=task-t1-00",
    "MESOS_ALLOCATION_ROLE=web",
  ]);
});

test("toContainerCreate() exposes and binds mapped ports (case 20)", () => {
  const { ExposedPorts, HostConfig } = createBody({
    container: {
      docker: {
        image: "busybox",
        network: Network.BRIDGE,
        portMappings: [
          { hostPort: 31_005, containerPort: 80, protocol: "TCP" },
          { hostPort: 31_006, containerPort: 53, protocol: "UDP" },
        ],
      },
    },
    resources: [ports([31_005, 31_006])],
  });
  assert.equal(HostConfig?.NetworkMode, "bridge");
  assert.deepEqual(ExposedPorts, { "80/tcp": {}, "53/udp": {} });
  assert.deepEqual(HostConfig?.PortBindings, { "80/tcp": [{ HostPort: "31005" }], "53/udp": [{ HostPort: "31006" }] });
});

test("toContainerCreate() binds one port, and says nothing of ports without one", () => {
  const ports = [{ hostPort: 31_001, containerPort: 80, protocol: "tcp" }];
  const bound = toContainerCreate(createSpec({ network: { kind: "bridge" }, ports }), named).body;
  assert.deepEqual(bound.ExposedPorts, { "80/tcp": {} });
  assert.deepEqual(bound.HostConfig?.PortBindings, { "80/tcp": [{ HostPort: "31001" }] });
  const unbound = toContainerCreate(createSpec(), named).body;
  assert.equal("ExposedPorts" in unbound, false);
  assert.equal("PortBindings" in (unbound.HostConfig ?? {}), false);
});

test("toContainerCreate() binds several host ports to one port of the container", () => {
  const mapping = (hostPort: number) => ({ hostPort, containerPort: 80, protocol: "tcp" });
  const spec = createSpec({ network: { kind: "bridge" }, ports: [mapping(31_001), mapping(31_002)] });
  const { ExposedPorts, HostConfig } = toContainerCreate(spec, named).body;
  assert.deepEqual(ExposedPorts, { "80/tcp": {} });
  assert.deepEqual(HostConfig?.PortBindings, { "80/tcp": [{ HostPort: "31001" }, { HostPort: "31002" }] });
});

test("toContainerCreate() joins the network that the task names (case 23)", () => {
  const { HostConfig } = createBody({
    container: { docker: { image: "busybox", network: Network.USER }, networkInfos: [{ name: "web" }] },
  });
  assert.equal(HostConfig?.NetworkMode, "web");
});

test("toContainerCreate() binds volumes in order, the sandbox last (case 24)", () => {
  const { HostConfig } = createBody({
    container: {
      docker: { image: "busybox" },
      volumes: [
        { hostPath: "/h", containerPath: "/c", mode: Volume_Mode.RW },
        { hostPath: "rel", containerPath: "/c2", mode: Volume_Mode.RO },
      ],
    },
  });
  assert.deepEqual(HostConfig?.Binds, ["/h:/c:rw", "/sandbox/rel:/c2:ro", "/sandbox:/mnt/mesos/sandbox:rw"]);
  assert.deepEqual(HostConfig?.Mounts, []);
});

test("toContainerCreate() mounts what a bind cannot say: paths with colons (case 25)", () => {
  const directory = "/slaves/S0/executors/app:1/sandbox";
  const { HostConfig } = createBody(
    {
      container: {
        docker: { image: "busybox" },
        volumes: [
          { hostPath: "/h", containerPath: "/c:d", mode: Volume_Mode.RO },
          { hostPath: "/h2", containerPath: "/c2", mode: Volume_Mode.RW },
        ],
      },
    },
    directory,
  );
  assert.deepEqual(HostConfig?.Binds, ["/h2:/c2:rw"]);
  assert.deepEqual(HostConfig?.Mounts, [
    { Type: "bind", Source: "/h", Target: "/c:d", ReadOnly: true },
    { Type: "bind", Source: directory, Target: "/mnt/mesos/sandbox", ReadOnly: false },
  ]);
});

test("toContainerCreate() asks for privileges and a host name only when the task does", () => {
  const asked = toContainerCreate(createSpec({ privileged: "yes", hostname: "db" }), named).body;
  assert.equal(asked.HostConfig?.Privileged, true);
  assert.equal(asked.Hostname, "db");
  const unasked = toContainerCreate(createSpec(), named).body;
  assert.equal("Privileged" in (unasked.HostConfig ?? {}), false);
  assert.equal("Hostname" in unasked, false);
});

test("toContainerCreate() names and labels the container (case 28)", () => {
  const request = toContainerCreate(createSpec(), named);
  assert.equal(request.name, "task-t1-00");
  assert.deepEqual(request.body.Labels, { "mesos-docker.task": "t1" });
});
