import assert from "node:assert/strict";
import { test } from "node:test";
import type { DeviceMapping, DeviceRequest, HostConfig } from "../../../src/docker/mod.ts";
import { deniedBy, policyOf, wantedOf } from "./policy_specimen.ts";

const sandbox = "/sandbox:/mnt/mesos/sandbox:rw";

function device(path: string): DeviceMapping {
  return { PathOnHost: path, PathInContainer: "/dev/x", CgroupPermissions: "rwm" };
}

function volume(driver?: { Name?: string; Options?: Record<string, string> }): HostConfig {
  const options = driver ? { VolumeOptions: { DriverConfig: driver } } : {};
  return { Mounts: [{ Type: "volume", Source: "v", Target: "/v", ...options }] };
}

const nested = "host_mounts: { allow: [/data, /var/log/app/], deny: [/data/secret] }";
const fuse = "devices: { allow: [/dev/fuse] }";

const judged: [line: string, host: HostConfig, denied: string[]][] = [
  ["host_mounts: allow", { Binds: ["/:/host"] }, []],
  [nested, { Binds: [sandbox, "/sandbox/a:/a"] }, []],
  [nested, { Binds: ["/data/a:/a", "/var/log/app:/b"] }, []],
  [nested, { Binds: ["/data/../etc:/a"] }, ['host mount "/etc" (rule "host_mounts")']],
  [nested, { Binds: ["/sandbox/../etc:/a"] }, ['host mount "/etc" (rule "host_mounts")']],
  [nested, { Binds: ["/sandboxes:/a"] }, ['host mount "/sandboxes" (rule "host_mounts")']],
  [nested, { Binds: ["/data/secret/:/a"] }, ['host mount "/data/secret" (rule "host_mounts")']],
  [nested, { Binds: ["/data:/a"] }, ['host mount "/data" (rule "host_mounts")']],
  [nested, { Mounts: [{ Type: "bind", Source: "/etc", Target: "/a" }] }, ['host mount "/etc" (rule "host_mounts")']],
  ["host_mounts: { deny: [/etc] }", { Binds: ["/:/a"] }, ['host mount "/" (rule "host_mounts")']],
  ["host_mounts: { deny: [/etc] }", { Binds: ["/opt:/a"] }, []],
  ["host_mounts: deny", { Binds: ["/opt:/a"] }, ['host mount "/opt" (rule "host_mounts")']],
  [nested, volume(), []],
  [nested, volume({ Options: { o: "bind", device: "/data/a" } }), []],
  [
    nested,
    volume({ Options: { o: "bind", device: "/etc" } }),
    ['host mount "/etc" by options of a volume driver (rule "host_mounts")'],
  ],
  [
    "host_mounts: { deny: [/etc] }",
    volume({ Options: { type: "ext4", device: "/dev/sda1" } }),
    ['host mount "/" by options of a volume driver (rule "host_mounts")'],
  ],
  [nested, { VolumesFrom: ["other"] }, ['volumes of container "other" (rule "host_mounts")']],
  [
    nested,
    { LogConfig: { Type: "fluentd", Config: { "fluentd-address": "unix:///run/docker.sock" } } },
    ['host mount "/run/docker.sock" (rule "host_mounts")'],
  ],

  [fuse, { Devices: [device("/dev/fuse")] }, []],
  [fuse, { Devices: [device("/dev/fuse/../sda")] }, ['device "/dev/sda" (rule "devices")']],
  [fuse, { Devices: [device("/sandbox/link")] }, ['device "/sandbox/link" (rule "devices")']],
  ["devices: { deny: [/dev/sda] }", { Devices: [device("/dev/sda")] }, ['device "/dev/sda" (rule "devices")']],
  ["devices: { deny: [/dev/sda] }", { Devices: [device("/dev")] }, ['device "/dev" (rule "devices")']],
  ["devices: { deny: [/dev/sda] }", { Devices: [device("/dev/sdb")] }, []],
  ["devices: { deny: [/dev/sda] }", { Devices: [device("/sandbox/sda")] }, ['device "/sandbox/sda" (rule "devices")']],
  ["devices: { allow: [/opt/nodes/sdb] }", { Devices: [device("/opt/nodes/sdb")] }, []],
  ["devices: allow", { Devices: [device("/dev/sda")], DeviceCgroupRules: ["a *:* rwm"] }, []],
  [fuse, { DeviceCgroupRules: ["b 8:0 rwm"] }, ['device cgroup rule "b 8:0 rwm" (rule "devices")']],
  [
    "devices: { deny: [gpu] }",
    { DeviceCgroupRules: ["b 8:0 rwm"] },
    ['device cgroup rule "b 8:0 rwm" (rule "devices")'],
  ],

  ["volume_drivers: allow", volume({ Name: "rexray" }), []],
  ["volume_drivers: { allow: [rexray] }", volume({ Name: "rexray" }), []],
  ["volume_drivers: { allow: [rexray] }", volume(), ['volume driver "local" (rule "volume_drivers")']],
  ["volume_drivers: { allow: [rexray] }", { Binds: ["v:/v"] }, ['volume driver "local" (rule "volume_drivers")']],
  ["volume_drivers: { allow: [rexray] }", { Binds: ["v:/v"], VolumeDriver: "rexray" }, []],
  [
    "volume_drivers: { allow: [local] }",
    { VolumeDriver: "rexray" },
    ['volume driver "rexray" (rule "volume_drivers")'],
  ],
  [
    "volume_drivers: { deny: [rexray] }",
    volume({ Name: "rexray" }),
    ['volume driver "rexray" (rule "volume_drivers")'],
  ],
  ["volume_drivers: { deny: [rexray] }", volume({ Name: "" }), []],
  [
    "volume_drivers: deny",
    {
      Mounts: [
        { Type: "tmpfs", Target: "/t" },
        { Type: "volume", Target: "/v" },
      ],
    },
    [],
  ],
  [
    "volume_drivers: deny",
    { Mounts: [{ Type: "cluster", Source: "c", Target: "/c" }] },
    ['volume driver "cluster" (rule "volume_drivers")'],
  ],
];

for (const [line, host, denied] of judged) {
  test(`admit() ${denied.length > 0 ? "denies" : "allows"} ${JSON.stringify(host)} by ${line}`, () => {
    assert.deepEqual(deniedBy(policyOf(line), wantedOf(host)), denied);
  });
}

const requests: [rule: string, request: DeviceRequest, verdict: "allows" | "denies"][] = [
  ["allow", { Capabilities: [["gpu"]] }, "allows"],
  ["deny", { Capabilities: [["gpu"]] }, "denies"],
  ["{ allow: [gpu] }", { Capabilities: [["gpu", "utility"]] }, "allows"],
  ["{ allow: [gpu] }", { Capabilities: [["GPU"]] }, "allows"],
  ["{ allow: [gpu] }", { Driver: "nvidia", Capabilities: [["gpu"]] }, "allows"],
  ["{ allow: [gpu] }", { Driver: "cdi", Capabilities: [["gpu"]] }, "denies"],
  ["{ allow: [gpu] }", { Capabilities: [["gpu"], ["tpu"]] }, "denies"],
  ["{ allow: [gpu] }", { Count: -1 }, "denies"],
  ["{ allow: [cdi] }", { Driver: "cdi", DeviceIDs: ["vendor.com/x=1"] }, "allows"],
  ["{ allow: [/dev/fuse] }", { Capabilities: [["gpu"]] }, "denies"],
  ["{ deny: [gpu] }", { Capabilities: [["gpu"]] }, "denies"],
  ["{ deny: [gpu] }", { Driver: "nvidia" }, "denies"],
  ["{ deny: [gpu] }", { Driver: "cdi" }, "allows"],
];

for (const [rule, request, verdict] of requests) {
  test(`admit() ${verdict} a device request ${JSON.stringify(request)} by devices: ${rule}`, () => {
    const denied = deniedBy(policyOf(`devices: ${rule}`), wantedOf({ DeviceRequests: [request] }));
    const words = [request.Driver, ...(request.Capabilities ?? []).flat()].filter(Boolean).join(",");
    assert.deepEqual(denied, verdict === "allows" ? [] : [`device request "${words}" (rule "devices")`]);
  });
}

test("admit() denies a link that leads out of the sandbox, by where it leads", () => {
  const hostPaths = [{ path: "/etc/", field: "container.volumes[0]" }];
  const wanted = wantedOf({ Binds: ["/sandbox/link:/a"] }, { hostPaths });
  assert.deepEqual(deniedBy(policyOf(nested), wanted), ['host mount "/etc" (rule "host_mounts")']);
});

test("admit() denies a device that a link leads to", () => {
  const hostPaths = [{ kind: "device", path: "/dev/sda", field: "HostConfig.Devices" }] as const;
  const wanted = wantedOf({ Devices: [device("/dev/disk/root")] }, { hostPaths });
  assert.deepEqual(deniedBy(policyOf("devices: { deny: [/dev/sda] }"), wanted), ['device "/dev/sda" (rule "devices")']);
});

test("admit() names a path once that is found in two places", () => {
  const hostPaths = [{ path: "/etc", field: "container.volumes[0]" }];
  const wanted = wantedOf({ Binds: ["/etc:/a", "/etc/:/b"] }, { hostPaths });
  assert.deepEqual(deniedBy(policyOf("host_mounts: deny"), wanted), ['host mount "/etc" (rule "host_mounts")']);
});
