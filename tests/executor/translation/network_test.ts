import assert from "node:assert/strict";
import { test } from "node:test";
import type { PortMapping } from "../../../src/executor/task/task_spec.ts";
import {
  Image_Type as ImageType,
  ContainerInfo_DockerInfo_Network as Network,
  NetworkInfo_Protocol as Protocol,
} from "../../../src/mesos/protocol.ts";
import { type ContainerInit, type Plain, ports, type TaskInit } from "../task_specimen.ts";
import { assertRefused, readBody, translate } from "./translation_specimen.ts";

type Container = ContainerInit;
type DockerInfo = Omit<Plain<Container["docker"]>, "image">;

/** A container in a network that DockerInfo says. */
function inNetwork(docker: DockerInfo, container: Omit<Container, "docker"> = {}): Container {
  return { ...container, docker: { image: "busybox", ...docker } };
}

const mesosImage: Container = { mesos: { image: { type: ImageType.DOCKER, docker: { name: "busybox" } } } };

const networks: readonly { title: string; container?: Container; mode: string }[] = [
  { title: "no container", mode: "bridge" },
  { title: "a container without docker", container: {}, mode: "bridge" },
  {
    title: "a container without docker that names a network",
    container: { networkInfos: [{ name: "web" }] },
    mode: "web",
  },
  { title: "DockerInfo without network", container: inNetwork({}), mode: "host" },
  { title: "HOST", container: inNetwork({ network: Network.HOST }), mode: "host" },
  { title: "BRIDGE", container: inNetwork({ network: Network.BRIDGE }), mode: "bridge" },
  { title: "NONE", container: inNetwork({ network: Network.NONE }), mode: "none" },
  {
    title: "USER with one name",
    container: inNetwork({ network: Network.USER }, { networkInfos: [{ name: "web" }] }),
    mode: "web",
  },
  { title: "MesosInfo without a network", container: mesosImage, mode: "host" },
  { title: "MesosInfo with a network", container: { ...mesosImage, networkInfos: [{ name: "web" }] }, mode: "web" },
];

for (const { title, container, mode } of networks) {
  test(`toTaskSpec() puts ${title} into network ${mode}`, () => {
    const spec = translate(container ? { container } : {}, { argv: ["busybox"] });
    assert.equal(spec.container.HostConfig?.NetworkMode, mode);
  });
}

const unusableNetworks: readonly { message: string; networkInfos: { name?: string }[] }[] = [
  { message: "No network info found in container info", networkInfos: [] },
  { message: "Only a single network can be defined in Docker run", networkInfos: [{ name: "a" }, { name: "b" }] },
  { message: "No network name found in network info", networkInfos: [{}] },
  { message: "No network name found in network info", networkInfos: [{ name: "" }] },
];

test("toTaskSpec() refuses a second network also where it would not join it", () => {
  const container = inNetwork({ network: Network.BRIDGE }, { networkInfos: [{}, {}] });
  assertRefused({ container }, { code: "invalid", message: "Only a single network can be defined in Docker run" });
});

for (const { message, networkInfos } of unusableNetworks) {
  test(`toTaskSpec() refuses USER with ${JSON.stringify(networkInfos)} (case 22)`, () => {
    const container = inNetwork({ network: Network.USER }, { networkInfos });
    assertRefused({ container }, { code: "invalid", message });
  });
}

test("toTaskSpec() refuses a second network of a container without docker: it would be dropped in silence", () => {
  assertRefused(
    { container: { ...mesosImage, networkInfos: [{ name: "a" }, { name: "b" }] } },
    { code: "invalid", message: "Only a single network can be defined in Docker run" },
  );
});

for (const network of [Network.BRIDGE, Network.NONE]) {
  test(`toTaskSpec() takes a host name in network ${network}`, () => {
    assert.equal(readBody({ container: inNetwork({ network }, { hostname: "db" }) }).Hostname, "db");
  });
}

test("toTaskSpec() refuses a host name in the host's network (case 22)", () => {
  assertRefused(
    { container: inNetwork({ network: Network.HOST }, { hostname: "db" }) },
    { code: "invalid", message: "Unable to set hostname with host network mode" },
  );
});

test("toTaskSpec() takes an empty host name for none", () => {
  assert.equal("Hostname" in readBody({ container: inNetwork({}, { hostname: "" }) }), false);
});

type Mappings = readonly { hostPort: number; containerPort: number; protocol?: string }[];
type Ranges = readonly [begin: number, end: number][];

/** A task that maps ports, by DockerInfo or by its network. */
function mapped(
  mappings: Mappings,
  network: Network,
  offered: Ranges,
  by: "docker" | "network_infos" = "docker",
): TaskInit {
  const portMappings = [...mappings];
  const name = network === Network.USER ? { name: "web" } : {};
  const networkInfos = [{ ...name, ...(by === "network_infos" ? { portMappings } : {}) }];
  return {
    container: inNetwork({ network, ...(by === "docker" ? { portMappings } : {}) }, { networkInfos }),
    resources: offered.length > 0 ? [ports(...offered)] : [],
  };
}

for (const by of ["docker", "network_infos"] as const) {
  for (const network of [Network.BRIDGE, Network.USER]) {
    test(`toTaskSpec() maps offered ports of ${by} in network ${network} (case 20)`, () => {
      const mappings = [
        { hostPort: 31_005, containerPort: 80, protocol: "TCP" },
        { hostPort: 31_006, containerPort: 53, protocol: "Udp" },
        { hostPort: 31_007, containerPort: 81 },
        { hostPort: 31_008, containerPort: 82, protocol: "sctp" },
      ];
      const offered: Ranges = [
        [31_005, 31_006],
        [31_007, 31_008],
      ];
      const expected: PortMapping[] = [
        { hostPort: 31_005, containerPort: 80, protocol: "tcp" },
        { hostPort: 31_006, containerPort: 53, protocol: "udp" },
        { hostPort: 31_007, containerPort: 81, protocol: "tcp" },
        { hostPort: 31_008, containerPort: 82, protocol: "sctp" },
      ];
      assert.deepEqual(translate(mapped(mappings, network, offered, by)).ports, expected);
    });
  }
  for (const network of [Network.HOST, Network.NONE]) {
    test(`toTaskSpec() refuses mappings of ${by} in network ${network} (case 22)`, () => {
      assertRefused(mapped([{ hostPort: 31_005, containerPort: 80 }], network, [[31_000, 32_000]], by), {
        code: "invalid",
        message: "Port mappings are only supported for bridge and user-defined networks",
      });
    });
  }
}

for (const network of [Network.HOST, Network.NONE]) {
  test(`toTaskSpec() has nothing to map in network ${network}`, () => {
    assert.deepEqual(translate(mapped([], network, [[31_000, 32_000]])).ports, []);
  });
}

test("toTaskSpec() refuses mappings without offered ports", () => {
  assertRefused(mapped([{ hostPort: 31_005, containerPort: 80 }], Network.BRIDGE, []), {
    code: "invalid",
    message: "Port mappings require port resources",
  });
});

for (const hostPort of [0, 31_004, 31_007, 31_999]) {
  test(`toTaskSpec() refuses host port ${hostPort} beside the offered 31005-31006 (case 21)`, () => {
    assertRefused(mapped([{ hostPort, containerPort: 80 }], Network.BRIDGE, [[31_005, 31_006]]), {
      code: "invalid",
      message: `Port [${hostPort}] not included in resources`,
    });
  });
}

for (const containerPort of [0, 65_536]) {
  test(`toTaskSpec() refuses container port ${containerPort}`, () => {
    assertRefused(mapped([{ hostPort: 31_005, containerPort }], Network.BRIDGE, [[31_005, 31_006]]), {
      code: "invalid",
      message: `Cannot use TaskInfo.container ports: container port ${containerPort} is none`,
    });
  });
}

test("toTaskSpec() refuses a protocol that Docker does not map", () => {
  assertRefused(
    mapped([{ hostPort: 31_005, containerPort: 80, protocol: "icmp" }], Network.BRIDGE, [[31_005, 31_006]]),
    {
      code: "invalid",
      message: 'Cannot use TaskInfo.container ports: protocol "icmp" is not tcp, udp or sctp',
    },
  );
});

/** A container in network `web`, with these wishes for it. */
const inWeb = (info: Plain<NonNullable<Container["networkInfos"]>[number]>) =>
  inNetwork({ network: Network.USER }, { networkInfos: [{ name: "web", ...info }] });

const addresses: readonly {
  title: string;
  ipAddresses: { protocol?: Protocol; ipAddress?: string }[];
  ipam?: object;
}[] = [
  { title: "none", ipAddresses: [] },
  { title: "one without an address, which is a wish for any", ipAddresses: [{ protocol: Protocol.IPv4 }] },
  { title: "of no protocol", ipAddresses: [{ ipAddress: "10.0.0.9" }], ipam: { IPv4Address: "10.0.0.9" } },
  {
    title: "of IPv6",
    ipAddresses: [{ protocol: Protocol.IPv6, ipAddress: "fd00::9" }],
    ipam: { IPv6Address: "fd00::9" },
  },
  {
    title: "of both protocols",
    ipAddresses: [{ ipAddress: "10.0.0.9" }, { protocol: Protocol.IPv6, ipAddress: "fd00::9" }],
    ipam: { IPv4Address: "10.0.0.9", IPv6Address: "fd00::9" },
  },
];

for (const { title, ipAddresses, ipam } of addresses) {
  test(`toTaskSpec() asks for addresses: ${title}`, () => {
    const { NetworkingConfig } = readBody({ container: inWeb({ ipAddresses }) });
    assert.deepEqual(NetworkingConfig, ipam && { EndpointsConfig: { web: { IPAMConfig: ipam } } });
  });
}

test("toTaskSpec() refuses a second address of a protocol: Docker gives a container one of each", () => {
  assertRefused(
    { container: inWeb({ ipAddresses: [{ ipAddress: "10.0.0.8" }, { ipAddress: "10.0.0.9" }] }) },
    {
      code: "invalid",
      message:
        "Cannot honour container.network_infos.ip_addresses: Docker gives a container one address of each protocol, " +
        "and two of IPv4 are asked for",
    },
  );
});

for (const [network, mode] of [
  [Network.BRIDGE, "bridge"],
  [Network.HOST, "host"],
  [Network.NONE, "none"],
] as const) {
  test(`toTaskSpec() refuses addresses in network ${mode}`, () => {
    const container = inNetwork({ network }, { networkInfos: [{ ipAddresses: [{ ipAddress: "10.0.0.9" }] }] });
    assertRefused(
      { container },
      {
        code: "invalid",
        message:
          `Cannot honour container.network_infos.ip_addresses: network "${mode}" takes no addresses, ` +
          "only a network of its own does",
      },
    );
  });
}

test("toTaskSpec() refuses groups of a network", () => {
  assertRefused(
    { container: inWeb({ groups: ["g"] }) },
    {
      code: "unsupported",
      message: "Cannot honour container.network_infos.groups: Docker has no network groups",
    },
  );
});

test("toTaskSpec() keeps what the task says of its network (case 23)", () => {
  const labels = { labels: [{ key: "k", value: "v" }] };
  const { networkInfo } = translate({ container: inWeb({ labels }) });
  assert.equal(networkInfo?.name, "web");
  assert.equal(networkInfo?.labels?.labels[0]?.value, "v");
});
