import assert from "node:assert/strict";
import { test } from "node:test";
import type { ContainerConfig } from "../../../src/docker/mod.ts";
import { type CreateOptions, toContainerCreate } from "../../../src/executor/container/create_body.ts";
import { openHostMounts } from "../../../src/executor/container/mounts.ts";
import { ContainerInfo_DockerInfo_Network as Network, Volume_Mode } from "../../../src/mesos/protocol.ts";
import { createSpec, ports, scalar, type TaskInit } from "../task_specimen.ts";
import { translate } from "../translation/translation_specimen.ts";

const named: CreateOptions = { name: "task-t1-00", labels: { "mesos-docker.task": "t1" }, binds: [], mounts: [] };

const variables = [
  { name: "A", value: "1" },
  { name: "PORT0", value: "31000" },
];

/** The whole body, mounts included: the paths of these tests are on no host. */
async function createBody(init: TaskInit, directory = "/absent/sandbox"): Promise<ContainerConfig> {
  const spec = translate(init, { directory, executor: { command: { environment: { variables } } } });
  await using mounts = await openHostMounts(spec.mounts, directory);
  return toContainerCreate(spec, { ...named, ...mounts }).body;
}

test("toContainerCreate() asks for a shell line with the limits that the task says, and the sandbox (case 10)", async () => {
  const body = await createBody({
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
      Binds: ["/absent/sandbox:/mnt/mesos/sandbox:rw"],
      Mounts: [],
      CpuShares: 512,
      Memory: 134_217_728,
    },
  });
});

test("toContainerCreate() leaves Entrypoint and Cmd to the image when nothing replaces them (case 13)", async () => {
  const body = await createBody({ command: { shell: false }, container: { docker: { image: "busybox" } } });
  assert.equal("Entrypoint" in body, false);
  assert.equal("Cmd" in body, false);
});

test("toContainerCreate() gives arguments to the image's entrypoint (case 14)", async () => {
  const body = await createBody({
    command: { shell: false, value: "a", arguments: ["b", "c d"] },
    container: { docker: { image: "busybox" } },
  });
  assert.equal("Entrypoint" in body, false);
  assert.deepEqual(body.Cmd, ["a", "b", "c d"]);
});

const limited: TaskInit = {
  container: { docker: { image: "busybox" } },
  resources: [scalar("cpus", 0.5), scalar("mem", 128)],
};
const infinite = { value: Number.POSITIVE_INFINITY };

const limits: readonly { title: string; init: TaskInit; host: object }[] = [
  {
    title: "the minimums at least (case 16)",
    init: { ...limited, resources: [scalar("cpus", 0.001), scalar("mem", 4)] },
    host: { CpuShares: 2, Memory: 33_554_432 },
  },
  {
    title: "finite limits (case 17)",
    init: { ...limited, limits: { cpus: { value: 2 }, mem: { value: 256 } } },
    host: {
      CpuShares: 512,
      CpuQuota: 200_000,
      Memory: 268_435_456,
      MemoryReservation: 134_217_728,
      OomScoreAdj: 993,
    },
  },
  {
    title: "no quota and no hard limit when the limits are infinite (case 18)",
    init: { ...limited, limits: { cpus: infinite, mem: infinite } },
    host: { CpuShares: 512, MemoryReservation: 134_217_728, OomScoreAdj: 993 },
  },
];

for (const { title, init, host } of limits) {
  test(`toContainerCreate() asks for ${title}`, async () => {
    const { HostConfig } = await createBody(init);
    const { NetworkMode: _mode, Binds: _binds, Mounts: _mounts, ...found } = HostConfig ?? {};
    assert.deepEqual(found, host);
  });
}

test("toContainerCreate() writes variables down as they are (case 19)", async () => {
  const { Env } = await createBody({
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

test("toContainerCreate() exposes and binds mapped ports (case 20)", async () => {
  const { ExposedPorts, HostConfig } = await createBody({
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

test("toContainerCreate() joins the network that the task names (case 23)", async () => {
  const { HostConfig } = await createBody({
    container: { docker: { image: "busybox", network: Network.USER }, networkInfos: [{ name: "web" }] },
  });
  assert.equal(HostConfig?.NetworkMode, "web");
});

test("toContainerCreate() binds volumes in order, the sandbox last (case 24)", async () => {
  const { HostConfig } = await createBody({
    container: {
      docker: { image: "busybox" },
      volumes: [
        { hostPath: "/absent/h", containerPath: "/c", mode: Volume_Mode.RW },
        { hostPath: "rel", containerPath: "/c2", mode: Volume_Mode.RO },
        {
          containerPath: "data",
          mode: Volume_Mode.RO,
          source: { type: 1, dockerVolume: { name: "vol", driver: "x" } },
        },
      ],
    },
  });
  assert.deepEqual(HostConfig?.Binds, [
    "/absent/h:/c:rw",
    "/absent/sandbox/rel:/c2:ro",
    "/absent/sandbox:/mnt/mesos/sandbox:rw",
  ]);
  assert.deepEqual(HostConfig?.Mounts, [
    {
      Type: "volume",
      Source: "vol",
      Target: "/mnt/mesos/sandbox/data",
      ReadOnly: true,
      VolumeOptions: { DriverConfig: { Name: "x" } },
    },
  ]);
});

test("toContainerCreate() mounts what a bind cannot say: paths with colons (case 25)", async () => {
  const directory = "/absent/executors/app:1/sandbox";
  const { HostConfig } = await createBody(
    {
      container: {
        docker: { image: "busybox" },
        volumes: [
          { hostPath: "/absent/h", containerPath: "/c:d", mode: Volume_Mode.RO },
          { hostPath: "/absent/h2", containerPath: "/c2", mode: Volume_Mode.RW },
        ],
      },
    },
    directory,
  );
  assert.deepEqual(HostConfig?.Binds, ["/absent/h2:/c2:rw"]);
  assert.deepEqual(HostConfig?.Mounts, [
    { Type: "bind", Source: "/absent/h", Target: "/c:d", ReadOnly: true },
    { Type: "bind", Source: directory, Target: "/mnt/mesos/sandbox", ReadOnly: false },
  ]);
});

test("toContainerCreate() applies parameters of every kind (case 26)", async () => {
  const parameters = [
    { key: "label", value: "k=v" },
    { key: "ulimit", value: "nofile=1024" },
    { key: "cap-add", value: "NET_ADMIN" },
    { key: "net", value: "mynet" },
    { key: "memory-swap", value: "256m" },
    { key: "env", value: "X=1" },
    { key: "volume", value: "/absent/x:/y" },
  ];
  const body = await createBody({ ...limited, container: { docker: { image: "busybox", parameters } } });
  assert.deepEqual(body.Labels, { k: "v", "mesos-docker.task": "t1" });
  assert.ok(body.Env?.includes("X=1"));
  const { Ulimits, CapAdd, NetworkMode, MemorySwap, Binds } = body.HostConfig ?? {};
  assert.deepEqual(
    { Ulimits, CapAdd, NetworkMode, MemorySwap, Binds },
    {
      Ulimits: [{ Name: "nofile", Soft: 1024, Hard: 1024 }],
      CapAdd: ["NET_ADMIN"],
      NetworkMode: "mynet",
      MemorySwap: 268_435_456,
      Binds: ["/absent/sandbox:/mnt/mesos/sandbox:rw", "/absent/x:/y"],
    },
  );
});

for (const key of ["name", "nonsense"]) {
  test(`toContainerCreate() is never asked with parameter ${key}, which is refused by its name (case 26)`, async () => {
    const init = { container: { docker: { image: "busybox", parameters: [{ key, value: "x" }] } } };
    await assert.rejects(createBody(init), { name: "TaskError", code: "invalid", message: new RegExp(`"${key}"`) });
  });
}

test("toContainerCreate() asks for privileges and a host name only when the task does", () => {
  const container = { Hostname: "db", HostConfig: { Privileged: true } };
  const asked = toContainerCreate(createSpec({ container }), named).body;
  assert.equal(asked.HostConfig?.Privileged, true);
  assert.equal(asked.Hostname, "db");
  const unasked = toContainerCreate(createSpec(), named).body;
  assert.equal("Privileged" in (unasked.HostConfig ?? {}), false);
  assert.equal("Hostname" in unasked, false);
});

test("toContainerCreate() names and labels the container, whatever labels the task has (case 28)", () => {
  const container = { Labels: { team: "web", "mesos-docker.task": "other" } };
  const request = toContainerCreate(createSpec({ container }), named);
  assert.equal(request.name, "task-t1-00");
  assert.deepEqual(request.body.Labels, { team: "web", "mesos-docker.task": "t1" });
});

test("toContainerCreate() says the platform beside the body", () => {
  assert.equal(toContainerCreate(createSpec({ platform: "linux/arm64" }), named).platform, "linux/arm64");
  assert.equal("platform" in toContainerCreate(createSpec(), named), false);
});
