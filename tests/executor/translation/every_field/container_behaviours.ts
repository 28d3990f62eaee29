import type { TaskSpec } from "../../../../src/executor/task/task_spec.ts";
import {
  CapabilityInfo_Capability as Capability,
  Image_Type as ImageType,
  LinuxInfo_IpcMode as IpcMode,
  RLimitInfo_RLimit_Type as LimitType,
  ContainerInfo_DockerInfo_Network as Network,
  NetworkInfo_Protocol as Protocol,
  Secret_Type as SecretType,
} from "../../../../src/mesos/protocol.ts";
import { type ContainerInit, type Plain, ports, type TaskInit } from "../../task_specimen.ts";
import { bytesOf } from "../translation_specimen.ts";
import { type Behaviours, inContainer } from "./tables.ts";

type DockerInfo = Omit<Plain<ContainerInit["docker"]>, "image">;
type NetworkInfo = Plain<NonNullable<ContainerInit["networkInfos"]>[number]>;
type LinuxInfo = Plain<ContainerInit["linuxInfo"]>;
type Mapping = { hostPort: number; containerPort: number; protocol?: string };

const host = (spec: TaskSpec) => spec.container.HostConfig ?? {};
const inDocker = (docker: DockerInfo): TaskInit => inContainer({ docker: { image: "busybox", ...docker } });
const resources = [ports([31_000, 31_001])];
const mapped = (mapping: Mapping): TaskInit => ({
  ...inDocker({ network: Network.BRIDGE, portMappings: [mapping] }),
  resources,
});
const inNetwork = (info: NetworkInfo): TaskInit => ({
  ...inContainer({
    docker: { image: "busybox", network: Network.USER },
    networkInfos: [{ name: "web", ...info }],
  }),
  resources,
});
const inLinux = (linuxInfo: LinuxInfo): TaskInit => inContainer({ linuxInfo });
const firstPort = (spec: TaskSpec) => spec.ports[0];
const mapping = { hostPort: 31_000, containerPort: 80, protocol: "udp" };
const tcp = { hostPort: 31_000, containerPort: 80 };

const ofDocker: Behaviours = {
  "container.docker.image": {
    task: { container: { docker: { image: "other" } } },
    read: (spec) => spec.image,
    expected: "other",
  },
  "container.docker.network": {
    task: inDocker({ network: Network.BRIDGE }),
    read: (spec) => host(spec).NetworkMode,
    expected: "bridge",
  },
  "container.docker.port_mappings.host_port": {
    task: mapped(tcp),
    without: { task: mapped({ ...tcp, hostPort: 31_001 }) },
    read: (spec) => firstPort(spec)?.hostPort,
    expected: 31_000,
  },
  "container.docker.port_mappings.container_port": {
    task: mapped(tcp),
    without: { task: mapped({ ...tcp, containerPort: 81 }) },
    read: (spec) => firstPort(spec)?.containerPort,
    expected: 80,
  },
  "container.docker.port_mappings.protocol": {
    task: mapped(mapping),
    without: { task: mapped(tcp) },
    read: (spec) => firstPort(spec)?.protocol,
    expected: "udp",
  },
  "container.docker.privileged": {
    task: inDocker({ privileged: true }),
    read: (spec) => host(spec).Privileged,
    expected: true,
  },
  "container.docker.parameters.key": {
    task: inDocker({ parameters: [{ key: "workdir", value: "/w" }] }),
    without: { task: inDocker({ parameters: [{ key: "user", value: "/w" }] }) },
    read: (spec) => spec.container.WorkingDir,
    expected: "/w",
  },
  "container.docker.parameters.value": {
    task: inDocker({ parameters: [{ key: "workdir", value: "/w" }] }),
    without: { task: inDocker({ parameters: [{ key: "workdir", value: "/v" }] }) },
    read: (spec) => spec.container.WorkingDir,
    expected: "/w",
  },
  "container.docker.force_pull_image": {
    task: inDocker({ forcePullImage: true }),
    read: (spec) => spec.pull,
    expected: "always",
  },
  "container.docker.volume_driver": {
    task: inContainer({
      docker: { image: "busybox", volumeDriver: "x" },
      volumes: [{ mode: 1, hostPath: "v", containerPath: "/c" }],
    }),
    without: { task: inContainer({ volumes: [{ mode: 1, hostPath: "v", containerPath: "/c" }] }) },
    read: (spec) => spec.mounts[0]?.kind,
    expected: "volume",
  },
};

const authOf = (host: string) => bytesOf(JSON.stringify({ auths: { [host]: { auth: btoa("me:pass") } } }));
const inMesos = (image: object): TaskInit => ({
  container: {
    mesos: { image: { type: ImageType.DOCKER, docker: { name: "reg.example/a" }, ...image } },
  },
});
const withConfig = (config: object) => inMesos({ docker: { name: "reg.example/a", config } });
const config = { type: SecretType.VALUE, value: { data: authOf("reg.example") } };
const auth = { kind: "password", username: "me", password: "pass" };

const ofMesos: Behaviours = {
  "container.mesos.image.type": {
    task: inMesos({}),
    without: { task: inMesos({ type: ImageType.APPC }) },
    read: (spec) => spec.image,
    expected: "reg.example/a",
  },
  "container.mesos.image.docker.name": {
    task: inMesos({}),
    read: (spec) => spec.image,
    expected: "reg.example/a",
  },
  "container.mesos.image.docker.credential.principal": {
    task: inMesos({ docker: { name: "reg.example/a", credential: { principal: "me", secret: "pass" } } }),
    without: { task: inMesos({ docker: { name: "reg.example/a", credential: { principal: "you", secret: "pass" } } }) },
    read: (spec) => spec.registryAuth,
    expected: { ...auth, serverAddress: "" },
  },
  "container.mesos.image.docker.credential.secret": {
    task: inMesos({ docker: { name: "reg.example/a", credential: { principal: "me", secret: "pass" } } }),
    without: { task: inMesos({ docker: { name: "reg.example/a", credential: { principal: "me", secret: "word" } } }) },
    read: (spec) => spec.registryAuth,
    expected: { ...auth, serverAddress: "" },
  },
  "container.mesos.image.docker.config.type": {
    task: withConfig(config),
    without: { task: withConfig({ value: config.value }) },
    read: (spec) => spec.registryAuth,
    expected: { ...auth, serverAddress: "reg.example" },
  },
  "container.mesos.image.docker.config.value.data": {
    task: withConfig(config),
    without: { task: withConfig({ ...config, value: { data: authOf("other.example") } }) },
    read: (spec) => spec.registryAuth,
    expected: { ...auth, serverAddress: "reg.example" },
  },
  "container.mesos.image.cached": {
    task: inMesos({ cached: false }),
    without: { task: inMesos({ cached: true }) },
    read: (spec) => spec.pull,
    expected: "always",
  },
};

const ofNetwork: Behaviours = {
  "container.hostname": {
    task: inContainer({ docker: { image: "busybox", network: Network.BRIDGE }, hostname: "db" }),
    read: (spec) => spec.container.Hostname,
    expected: "db",
  },
  "container.network_infos.name": {
    task: inNetwork({ name: "db" }),
    without: { task: inNetwork({}) },
    read: (spec) => host(spec).NetworkMode,
    expected: "db",
  },
  "container.network_infos.ip_addresses.protocol": {
    task: inNetwork({ ipAddresses: [{ protocol: Protocol.IPv6, ipAddress: "fd00::9" }] }),
    without: { task: inNetwork({ ipAddresses: [{ ipAddress: "fd00::9" }] }) },
    read: (spec) => spec.container.NetworkingConfig?.EndpointsConfig?.web?.IPAMConfig,
    expected: { IPv6Address: "fd00::9" },
  },
  "container.network_infos.ip_addresses.ip_address": {
    task: inNetwork({ ipAddresses: [{ ipAddress: "10.0.0.9" }] }),
    without: { task: inNetwork({}) },
    read: (spec) => spec.container.NetworkingConfig?.EndpointsConfig?.web?.IPAMConfig,
    expected: { IPv4Address: "10.0.0.9" },
  },
  "container.network_infos.labels.labels.key": {
    task: inNetwork({ labels: { labels: [{ key: "k", value: "v" }] } }),
    without: { task: inNetwork({}) },
    read: (spec) => spec.networkInfo?.labels?.labels[0]?.key,
    expected: "k",
  },
  "container.network_infos.labels.labels.value": {
    task: inNetwork({ labels: { labels: [{ key: "k", value: "v" }] } }),
    without: { task: inNetwork({ labels: { labels: [{ key: "k" }] } }) },
    read: (spec) => spec.networkInfo?.labels?.labels[0]?.value,
    expected: "v",
  },
  "container.network_infos.port_mappings.host_port": {
    task: inNetwork({ portMappings: [tcp] }),
    without: { task: inNetwork({ portMappings: [{ ...tcp, hostPort: 31_001 }] }) },
    read: (spec) => firstPort(spec)?.hostPort,
    expected: 31_000,
  },
  "container.network_infos.port_mappings.container_port": {
    task: inNetwork({ portMappings: [tcp] }),
    without: { task: inNetwork({ portMappings: [{ ...tcp, containerPort: 81 }] }) },
    read: (spec) => firstPort(spec)?.containerPort,
    expected: 80,
  },
  "container.network_infos.port_mappings.protocol": {
    task: inNetwork({ portMappings: [mapping] }),
    without: { task: inNetwork({ portMappings: [tcp] }) },
    read: (spec) => firstPort(spec)?.protocol,
    expected: "udp",
  },
};

const capabilities = { capabilities: [Capability.CHOWN] };
const limited = (limit: { type: LimitType; soft?: bigint; hard?: bigint }) =>
  inContainer({ rlimitInfo: { rlimits: [limit] } });
const limit = { type: LimitType.RLMT_CORE, soft: 1n, hard: 2n };

const ofLinux: Behaviours = {
  ...Object.fromEntries(
    [
      ["capability_info", inLinux({ capabilityInfo: capabilities })],
      ["bounding_capabilities", inLinux({ boundingCapabilities: capabilities })],
      ["effective_capabilities", inLinux({ effectiveCapabilities: capabilities })],
    ].map(([name, task]) => [
      `container.linux_info.${name}.capabilities`,
      { task: task as TaskInit, read: (spec: TaskSpec) => host(spec).CapAdd, expected: ["CHOWN"] },
    ]),
  ),
  "container.linux_info.share_pid_namespace": {
    task: inLinux({ sharePidNamespace: true }),
    read: (spec) => host(spec).PidMode,
    expected: "host",
  },
  "container.linux_info.seccomp.profile_name": {
    task: inLinux({ seccomp: { profileName: "strict" } }),
    surroundings: { profiles: { strict: "{}" } },
    read: (spec) => host(spec).SecurityOpt,
    expected: ["seccomp={}"],
  },
  "container.linux_info.seccomp.unconfined": {
    task: inLinux({ seccomp: { unconfined: true } }),
    read: (spec) => host(spec).SecurityOpt,
    expected: ["seccomp=unconfined"],
  },
  "container.linux_info.ipc_mode": {
    task: inLinux({ ipcMode: IpcMode.PRIVATE }),
    read: (spec) => host(spec).IpcMode,
    expected: "private",
  },
  "container.linux_info.shm_size": {
    task: inLinux({ shmSize: 1 }),
    read: (spec) => host(spec).ShmSize,
    expected: 1_048_576,
  },
  "container.rlimit_info.rlimits.type": {
    task: limited(limit),
    without: { task: limited({ ...limit, type: LimitType.RLMT_CPU }) },
    read: (spec) => host(spec).Ulimits?.[0]?.Name,
    expected: "core",
  },
  "container.rlimit_info.rlimits.hard": {
    task: limited(limit),
    without: { task: limited({ ...limit, hard: 3n }) },
    read: (spec) => host(spec).Ulimits?.[0]?.Hard,
    expected: 2,
  },
  "container.rlimit_info.rlimits.soft": {
    task: limited(limit),
    without: { task: limited({ ...limit, soft: 2n }) },
    read: (spec) => host(spec).Ulimits?.[0]?.Soft,
    expected: 1,
  },
  "container.tty_info.window_size.rows": {
    task: inContainer({ ttyInfo: { windowSize: { rows: 50, columns: 80 } } }),
    without: { task: inContainer({ ttyInfo: { windowSize: { rows: 25, columns: 80 } } }) },
    read: (spec) => spec.terminal?.rows,
    expected: 50,
  },
  "container.tty_info.window_size.columns": {
    task: inContainer({ ttyInfo: { windowSize: { rows: 50, columns: 132 } } }),
    without: { task: inContainer({ ttyInfo: { windowSize: { rows: 50, columns: 80 } } }) },
    read: (spec) => spec.terminal?.columns,
    expected: 132,
  },
};

/** What fields of ContainerInfo do, but for volumes. */
export const containerBehaviours: Behaviours = { ...ofDocker, ...ofMesos, ...ofNetwork, ...ofLinux };
