// One test for each row of the contract's table of what a launch asks the daemon for (B.1), in the table's order.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { ContainerConfig } from "../../../src/docker/mod.ts";
import { toContainerCreate } from "../../../src/executor/container/create_body.ts";
import {
  CapabilityInfo_Capability as Capability,
  RLimitInfo_RLimit_Type as LimitType,
  ContainerInfo_DockerInfo_Network as Network,
  Volume_Mode,
} from "../../../src/mesos/protocol.ts";
import { type ContainerInit, type Plain, ports, scalar, type TaskInit } from "../task_specimen.ts";
import { translate } from "./translation_specimen.ts";

type DockerInfo = Omit<Plain<ContainerInit["docker"]>, "image">;

const given = (docker: DockerInfo, container: ContainerInit = {}): TaskInit => ({
  container: { ...container, docker: { image: "busybox", ...docker } },
});
const plain = given({});
const said = (key: string, value: string) => given({ network: Network.BRIDGE, parameters: [{ key, value }] });
const infinite = { value: Number.POSITIVE_INFINITY };

interface Row {
  input: string;
  init: TaskInit;
  /** What the body has; undefined is what it must not have. */
  body?: { [K in keyof ContainerConfig]?: ContainerConfig[K] | undefined };
  host?: { [K in keyof NonNullable<ContainerConfig["HostConfig"]>]?: unknown };
}

const rows: readonly Row[] = [
  { input: "nothing of privileged", init: plain, host: { Privileged: undefined } },
  { input: "DockerInfo.privileged", init: given({ privileged: true }), host: { Privileged: true } },
  { input: "resources cpus", init: { ...plain, resources: [scalar("cpus", 1.5)] }, host: { CpuShares: 1536 } },
  {
    input: "limits.cpus",
    init: { ...plain, limits: { cpus: { value: 1.5 } } },
    host: { CpuQuota: 150_000, CpuPeriod: undefined },
  },
  { input: "limits.cpus without end", init: { ...plain, limits: { cpus: infinite } }, host: { CpuQuota: undefined } },
  { input: "no limits.cpus", init: { ...plain, resources: [scalar("cpus", 1)] }, host: { CpuQuota: undefined } },
  { input: "limits.mem", init: { ...plain, limits: { mem: { value: 64 } } }, host: { Memory: 67_108_864 } },
  { input: "limits.mem without end", init: { ...plain, limits: { mem: infinite } }, host: { Memory: undefined } },
  {
    input: "limits.mem with mem",
    init: { ...plain, resources: [scalar("mem", 64)], limits: { mem: { value: 128 } } },
    host: { MemoryReservation: 67_108_864, Memory: 134_217_728 },
  },
  {
    input: "mem below limits.mem",
    init: { ...plain, resources: [scalar("mem", 1024)], limits: { mem: infinite } },
    host: { OomScoreAdj: 938 },
  },
  {
    input: "no limits.mem",
    init: { ...plain, resources: [scalar("mem", 64)] },
    host: { Memory: 67_108_864, MemoryReservation: undefined, OomScoreAdj: undefined, MemorySwap: undefined },
  },
  {
    input: "resources disk, which is watched,",
    init: { ...plain, resources: [scalar("disk", 10)] },
    host: { StorageOpt: undefined },
  },
  {
    input: "resources gpus",
    init: { ...plain, resources: [scalar("gpus", 2)] },
    host: { DeviceRequests: [{ Driver: "", Count: 2, Capabilities: [["gpu"]] }] },
  },
  {
    input: "variables",
    init: { ...plain, command: { shell: false, environment: { variables: [{ name: "A", value: "1" }] } } },
    body: { Env: ["A=1", "MESOS_SANDBOX=/mnt/mesos/sandbox", "MESOS_CONTAINER_NAME=task-t1-00"] },
  },
  { input: "no network", init: plain, host: { NetworkMode: "host" } },
  { input: "network BRIDGE", init: given({ network: Network.BRIDGE }), host: { NetworkMode: "bridge" } },
  { input: "network NONE", init: given({ network: Network.NONE }), host: { NetworkMode: "none" } },
  {
    input: "network USER",
    init: given({ network: Network.USER }, { networkInfos: [{ name: "web" }] }),
    host: { NetworkMode: "web" },
  },
  { input: "nothing of DNS", init: given({ network: Network.BRIDGE }), host: { Dns: undefined, DnsSearch: undefined } },
  {
    input: "hostname",
    init: given({ network: Network.BRIDGE }, { hostname: "db" }),
    body: { Hostname: "db" },
  },
  {
    input: "port_mappings",
    init: {
      ...given({ network: Network.BRIDGE, portMappings: [{ hostPort: 31_000, containerPort: 80 }] }),
      resources: [ports([31_000, 31_000])],
    },
    body: { ExposedPorts: { "80/tcp": {} } },
    host: { PortBindings: { "80/tcp": [{ HostPort: "31000" }] } },
  },
  {
    input: "shell=true",
    init: { ...plain, command: { shell: true, value: "a b", arguments: ["c"] } },
    body: { Entrypoint: ["/bin/sh"], Cmd: ["-c", "a b"] },
  },
  {
    input: "shell=false",
    init: { ...plain, command: { shell: false, value: "a", arguments: ["b"] } },
    body: { Entrypoint: undefined, Cmd: ["a", "b"] },
  },
  {
    input: "shell=false without words",
    init: { ...plain, command: { shell: false } },
    body: { Entrypoint: undefined, Cmd: undefined },
  },
  { input: "parameter net", init: said("net", "other"), host: { NetworkMode: "other" } },
  { input: "parameter network", init: said("network", "other"), host: { NetworkMode: "other" } },
  {
    input: "a parameter over a field",
    init: { ...said("cpu-shares", "7"), resources: [scalar("cpus", 1)] },
    host: { CpuShares: 7 },
  },
  { input: "DockerInfo.image", init: { container: { docker: { image: "a/b:1" } } }, body: { Image: "a/b:1" } },
  {
    input: "CommandInfo.user",
    init: { ...plain, command: { shell: false, user: "nobody" } },
    body: { User: "nobody" },
  },
  {
    input: "CommandInfo.uris, which the agent fetches,",
    init: { ...plain, command: { shell: false, uris: [{ value: "http://files.example/a" }] } },
    body: { Cmd: undefined },
  },
  { input: "nothing of a working directory", init: plain, body: { WorkingDir: undefined } },
  {
    input: "TaskInfo.labels",
    init: { ...plain, labels: { labels: [{ key: "team", value: "web" }] } },
    body: { Labels: { team: "web", "mesos-docker.task": "t1" } },
  },
  {
    input: "rlimit_info",
    init: given({}, { rlimitInfo: { rlimits: [{ type: LimitType.RLMT_NOFILE, soft: 1n, hard: 2n }] } }),
    host: { Ulimits: [{ Name: "nofile", Soft: 1, Hard: 2 }] },
  },
  { input: "tty_info", init: given({}, { ttyInfo: {} }), body: { Tty: true } },
  {
    input: "linux_info",
    init: given({}, { linuxInfo: { effectiveCapabilities: { capabilities: [Capability.CHOWN] }, shmSize: 1 } }),
    host: { CapDrop: ["ALL"], CapAdd: ["CHOWN"], ShmSize: 1_048_576 },
  },
  {
    input: "network_infos.port_mappings",
    init: {
      ...given(
        { network: Network.BRIDGE },
        { networkInfos: [{ portMappings: [{ hostPort: 31_000, containerPort: 80, protocol: "UDP" }] }] },
      ),
      resources: [ports([31_000, 31_000])],
    },
    body: { ExposedPorts: { "80/udp": {} } },
    host: { PortBindings: { "80/udp": [{ HostPort: "31000" }] } },
  },
  {
    input: "volumes and their driver, which are mounts,",
    init: given({ volumeDriver: "x" }, { volumes: [{ mode: Volume_Mode.RW, hostPath: "v", containerPath: "/c" }] }),
    host: { VolumeDriver: undefined },
  },
  { input: "parameter tmpfs", init: said("tmpfs", "/t:size=1m"), host: { Tmpfs: { "/t": "size=1m" } } },
  { input: "parameter init", init: said("init", ""), host: { Init: true } },
  { input: "parameter read-only", init: said("read-only", "true"), host: { ReadonlyRootfs: true } },
  {
    input: "parameter log-driver",
    init: said("log-driver", "local"),
    host: { LogConfig: { Type: "local" } },
  },
];

for (const { input, init, body = {}, host = {} } of rows) {
  test(`${input} says what the daemon is asked for (contract B.1)`, () => {
    const options = { name: "task-t1-00", labels: { "mesos-docker.task": "t1" }, binds: [], mounts: [] };
    const request = toContainerCreate(translate(init), options);
    const pick = (from: object, wanted: object) =>
      Object.fromEntries(Object.keys(wanted).map((key) => [key, (from as Record<string, unknown>)[key]]));
    assert.deepEqual(pick(request.body, body), body);
    assert.deepEqual(pick(request.body.HostConfig ?? {}, host), host);
    assert.equal(request.name, "task-t1-00");
  });
}
