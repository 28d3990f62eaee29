import assert from "node:assert/strict";
import { test } from "node:test";
import { fitCreateRequest } from "../../../src/docker/calls/create_request.ts";
import type { ContainerConfig, ContainerCreate, HostConfig, Mount } from "../../../src/docker/mod.ts";

const call = { action: "create container", subject: "c1" };

function fit(body: Omit<ContainerConfig, "Image">, apiVersion: string): ContainerConfig {
  return fitCreateRequest({ body: { Image: "a", ...body } }, apiVersion, call).body;
}

function host(config: HostConfig): ContainerCreate {
  return { body: { Image: "a", HostConfig: config } };
}

function mount(options: Partial<Mount>): ContainerCreate {
  return host({ Mounts: [{ Type: "bind", Target: "/t", ...options }] });
}

function endpoint(settings: object): ContainerCreate {
  return { body: { Image: "a", NetworkingConfig: { EndpointsConfig: { one: settings } } } };
}

const needs: [what: string, apiVersion: string, request: ContainerCreate][] = [
  ["platform", "1.41", { platform: "linux/arm64", body: { Image: "a" } }],
  ["StopTimeout", "1.25", { body: { Image: "a", StopTimeout: 0 } }],
  ["Healthcheck.StartPeriod", "1.29", { body: { Image: "a", Healthcheck: { StartPeriod: 1 } } }],
  ["Healthcheck.StartInterval", "1.44", { body: { Image: "a", Healthcheck: { StartInterval: 1 } } }],
  ["HostConfig.AutoRemove", "1.25", host({ AutoRemove: true })],
  ["HostConfig.CpuRealtimePeriod", "1.25", host({ CpuRealtimePeriod: 1 })],
  ["HostConfig.CpuRealtimeRuntime", "1.25", host({ CpuRealtimeRuntime: 1 })],
  ["HostConfig.Init", "1.25", host({ Init: true })],
  ["HostConfig.Mounts", "1.25", host({ Mounts: [] })],
  ["HostConfig.NanoCpus", "1.25", host({ NanoCpus: 1 })],
  ["HostConfig.DeviceCgroupRules", "1.28", host({ DeviceCgroupRules: ["c 1:3 r"] })],
  ["HostConfig.MaskedPaths", "1.38", host({ MaskedPaths: [] })],
  ["HostConfig.ReadonlyPaths", "1.38", host({ ReadonlyPaths: [] })],
  ["HostConfig.DeviceRequests", "1.40", host({ DeviceRequests: [{ Count: -1 }] })],
  ["HostConfig.CgroupnsMode", "1.41", host({ CgroupnsMode: "private" })],
  ["HostConfig.Annotations", "1.43", host({ Annotations: { a: "b" } })],
  ['HostConfig.IpcMode "private"', "1.32", host({ IpcMode: "private" })],
  ['HostConfig.IpcMode "shareable"', "1.32", host({ IpcMode: "shareable" })],
  ['HostConfig.IpcMode "none"', "1.32", host({ IpcMode: "none" })],
  ["HostConfig.Mounts[0].Consistency", "1.28", mount({ Consistency: "cached" })],
  ["HostConfig.Mounts[0].BindOptions.NonRecursive", "1.40", mount({ BindOptions: { NonRecursive: true } })],
  ["HostConfig.Mounts[0].BindOptions.CreateMountpoint", "1.42", mount({ BindOptions: { CreateMountpoint: true } })],
  [
    "HostConfig.Mounts[0].BindOptions.ReadOnlyNonRecursive",
    "1.44",
    mount({ BindOptions: { ReadOnlyNonRecursive: true } }),
  ],
  [
    "HostConfig.Mounts[0].BindOptions.ReadOnlyForceRecursive",
    "1.44",
    mount({ BindOptions: { ReadOnlyForceRecursive: true } }),
  ],
  ['HostConfig.Mounts[0].Type "cluster"', "1.42", mount({ Type: "cluster" })],
  ["HostConfig.Mounts[0].VolumeOptions.Subpath", "1.45", mount({ Type: "volume", VolumeOptions: { Subpath: "s" } })],
  ['HostConfig.Mounts[0].Type "image"', "1.48", mount({ Type: "image" })],
  ["HostConfig.Mounts[0].ImageOptions", "1.48", mount({ ImageOptions: { Subpath: "s" } })],
  ["EndpointsConfig.one.DriverOpts", "1.32", endpoint({ DriverOpts: { a: "b" } })],
  [
    "EndpointsConfig.one.DriverOpts.com.docker.network.endpoint.sysctls",
    "1.46",
    endpoint({ DriverOpts: { "com.docker.network.endpoint.sysctls": "net.ipv4.conf.IFNAME.log_martians=1" } }),
  ],
  ["EndpointsConfig.one.MacAddress", "1.44", endpoint({ MacAddress: "02:00:00:00:00:01" })],
  ["EndpointsConfig.one.GwPriority", "1.48", endpoint({ GwPriority: 1 })],
  [
    "joining 2 networks",
    "1.44",
    { body: { Image: "a", NetworkingConfig: { EndpointsConfig: { one: {}, two: { Aliases: ["x"] } } } } },
  ],
];

function versionBefore(apiVersion: string): string {
  return `1.${Number(apiVersion.slice(2)) - 1}`;
}

for (const [what, apiVersion, request] of needs) {
  test(`fitCreateRequest() refuses ${what} before API ${apiVersion}, and leaves it as it is from there on`, () => {
    const before = versionBefore(apiVersion);
    assert.throws(
      () => fitCreateRequest(request, before, call),
      ({ name, code, message }) =>
        name === "EngineError" &&
        code === "unsupported" &&
        message.startsWith('Cannot create container "c1": ') &&
        message.includes(`${what} needs API ${apiVersion}`) &&
        message.endsWith(`, spoken is ${before}`),
    );
    assert.deepEqual(fitCreateRequest(request, apiVersion, call), request);
  });
}

test("fitCreateRequest() names all that an old API does not know at once", () => {
  const request = host({ Init: true, Annotations: { a: "b" } });
  assert.throws(() => fitCreateRequest(request, "1.24", call), {
    message:
      'Cannot create container "c1": HostConfig.Init needs API 1.25, HostConfig.Annotations needs API 1.43, spoken is 1.24',
  });
});

test("fitCreateRequest() lets everything pass that API 1.24 knows, and flags that are false", () => {
  const body: ContainerConfig = {
    Image: "a",
    Healthcheck: { Test: ["NONE"], Interval: 1 },
    StopSignal: "SIGINT",
    HostConfig: {
      AutoRemove: false,
      Binds: ["/a:/b"],
      Init: false,
      IpcMode: "host",
      NetworkMode: "one",
      OomScoreAdj: 5,
      PidsLimit: 10,
      Runtime: "runc",
      StorageOpt: { size: "1G" },
      Sysctls: { "net.ipv4.ip_forward": "1" },
      Tmpfs: { "/run": "" },
      UsernsMode: "host",
    },
    NetworkingConfig: { EndpointsConfig: { one: { Aliases: ["b"], IPAMConfig: { IPv4Address: "10.0.0.1" } } } },
  };
  assert.deepEqual(fitCreateRequest({ name: "n", body }, "1.24", call), { name: "n", body });
});

test("fitCreateRequest() refuses KernelMemory where daemons ignore it", () => {
  const request = host({ KernelMemory: 1 });
  assert.equal(fitCreateRequest(request, "1.41", call).body.HostConfig?.KernelMemory, 1);
  assert.throws(() => fitCreateRequest(request, "1.42", call), {
    code: "unsupported",
    message: 'Cannot create container "c1": HostConfig.KernelMemory is not known from API 1.42 on, spoken is 1.42',
  });
});

const mac = "02:00:00:00:00:01";

test("fitCreateRequest() keeps the container's MAC address in Config before API 1.44, and in its network from there on", () => {
  const cases: [body: Omit<ContainerConfig, "Image">, network: string][] = [
    [{ MacAddress: mac }, "bridge"],
    [{ MacAddress: mac, HostConfig: { NetworkMode: "default" } }, "bridge"],
    [{ MacAddress: mac, HostConfig: { NetworkMode: "bridge" } }, "bridge"],
    [{ MacAddress: mac, HostConfig: { NetworkMode: "mine" } }, "mine"],
    [
      {
        MacAddress: mac,
        HostConfig: { NetworkMode: "mine" },
        NetworkingConfig: { EndpointsConfig: { mine: { Aliases: ["x"] } } },
      },
      "mine",
    ],
    [{ MacAddress: mac, NetworkingConfig: { EndpointsConfig: { default: {} } } }, "default"],
  ];
  for (const [body, network] of cases) {
    assert.deepEqual(fit(body, "1.43"), { Image: "a", ...body });
    const { MacAddress, ...rest } = fit(body, "1.44");
    assert.equal(MacAddress, undefined);
    const endpoints = { ...body.NetworkingConfig?.EndpointsConfig };
    assert.deepEqual(rest.NetworkingConfig?.EndpointsConfig, {
      ...endpoints,
      [network]: { ...endpoints[network], MacAddress: mac },
    });
    assert.deepEqual(rest.HostConfig, body.HostConfig);
  }
});

test("fitCreateRequest() gives the MAC address of the main network's endpoint to the container before API 1.44", () => {
  const body = {
    HostConfig: { NetworkMode: "mine" },
    NetworkingConfig: { EndpointsConfig: { mine: { Aliases: ["x"], MacAddress: mac } } },
  };
  const old = fit(body, "1.43");
  assert.equal(old.MacAddress, mac);
  assert.deepEqual(old.NetworkingConfig, { EndpointsConfig: { mine: { Aliases: ["x"] } } });
  assert.deepEqual(fit(body, "1.44"), { Image: "a", ...body });
});

test("fitCreateRequest() refuses two MAC addresses, and one without a network of one's own", () => {
  const EndpointsConfig = { bridge: { MacAddress: "02:00:00:00:00:02" } };
  assert.throws(() => fit({ MacAddress: mac, NetworkingConfig: { EndpointsConfig } }, "1.44"), {
    code: "invalid",
    message: `Cannot create container "c1": MacAddress is "${mac}" and "02:00:00:00:00:02" in the network "bridge"`,
  });
  assert.throws(() => fit({ MacAddress: mac, NetworkingConfig: { EndpointsConfig } }, "1.43"), { code: "unsupported" });
  for (const NetworkMode of ["host", "none", "container:c2"]) {
    assert.throws(() => fit({ MacAddress: mac, HostConfig: { NetworkMode } }, "1.44"), {
      code: "invalid",
      message: `Cannot create container "c1": MacAddress has no use with NetworkMode "${NetworkMode}"`,
    });
  }
});

test("fitCreateRequest() moves sysctls of eth0 to the main network's endpoint from API 1.46 on", () => {
  const Sysctls = {
    "net.ipv4.conf.eth0.log_martians": "1",
    "net.ipv4.ip_forward": "1",
    "net.ipv6.conf.eth0.forwarding": "1",
  };
  const option = "com.docker.network.endpoint.sysctls";
  const body = {
    HostConfig: { NetworkMode: "mine", Sysctls },
    NetworkingConfig: { EndpointsConfig: { mine: { Aliases: ["x"], DriverOpts: { a: "b" } } } },
  };
  assert.deepEqual(fit(body, "1.45"), { Image: "a", ...body });
  const fitted = fit(body, "1.46");
  assert.deepEqual(fitted.HostConfig, { NetworkMode: "mine", Sysctls: { "net.ipv4.ip_forward": "1" } });
  const moved = "net.ipv4.conf.IFNAME.log_martians=1,net.ipv6.conf.IFNAME.forwarding=1";
  const mine = { Aliases: ["x"], DriverOpts: { a: "b", [option]: moved } };
  assert.deepEqual(fitted.NetworkingConfig?.EndpointsConfig, { mine });

  const own = "net.ipv6.conf.IFNAME.forwarding=0";
  const both = { ...body, NetworkingConfig: { EndpointsConfig: { mine: { DriverOpts: { [option]: own } } } } };
  const { mine: merged } = fit(both, "1.46").NetworkingConfig?.EndpointsConfig ?? {};
  assert.equal(merged?.DriverOpts?.[option], `${moved},${own}`);

  const shared = { HostConfig: { NetworkMode: "host", Sysctls } };
  assert.deepEqual(fit(shared, "1.46"), { Image: "a", ...shared });
});
