import assert from "node:assert/strict";
import { mkdir, realpath, symlink } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import type { HostConfig } from "../../../src/docker/mod.ts";
import { cleanPath, followLinks, listHostPaths, resolveHostPaths } from "../../../src/executor/policy/host_path.ts";
import { openFixture } from "../../fakes/own_runtime.ts";
import { deniedBy, policyOf, requestOf, wantedOf } from "./policy_specimen.ts";

const cleaned: [path: string, clean: string][] = [
  ["/data/../etc", "/etc"],
  ["/data/", "/data"],
  ["//data///a/./b/", "/data/a/b"],
  ["/../..", "/"],
  ["/", "/"],
  ["data", "/data"],
];

for (const [path, clean] of cleaned) {
  test(`cleanPath() makes ${clean} of ${path}`, () => {
    assert.equal(cleanPath(path), clean);
  });
}

function localVolume(options: Record<string, string>, name?: string): HostConfig {
  const config = { ...(name === undefined ? {} : { Name: name }), Options: options };
  return { Mounts: [{ Type: "volume", Source: "v", Target: "/v", VolumeOptions: { DriverConfig: config } }] };
}

const listed: [what: string, host: HostConfig, paths: string[]][] = [
  ["a bind", { Binds: ["/data:/d:ro"] }, ["/data"]],
  ["a bind that climbs", { Binds: ["/data/../etc/:/d"] }, ["/etc"]],
  ["a named volume", { Binds: ["data:/d"] }, []],
  ["an anonymous volume", { Binds: ["/d"] }, []],
  ["a mounted bind", { Mounts: [{ Type: "bind", Source: "/a:b/", Target: "/d" }] }, ["/a:b"]],
  ["a bind without a source", { Mounts: [{ Type: "bind", Target: "/d" }] }, ["/"]],
  ["a tmpfs", { Mounts: [{ Type: "tmpfs", Target: "/d" }] }, []],
  ["a volume without options", { Mounts: [{ Type: "volume", Source: "v", Target: "/v" }] }, []],
  ["a local volume of a size", localVolume({ size: "10m" }), []],
  ["a local bind", localVolume({ type: "none", o: "ro,bind", device: "/data/a" }), ["/data/a"]],
  ["a local bind by its driver's name", localVolume({ o: "bind", device: "/data/a" }, "local"), ["/data/a"]],
  [
    "a local bind that calls itself tmpfs",
    localVolume({ type: "tmpfs", o: "size=1m,RBIND", device: "/etc" }),
    ["/etc"],
  ],
  ["a local bind with other letters", localVolume({ Type: "none", O: "bind", DEVICE: "/etc" }), ["/etc"]],
  ["a local bind that climbs", localVolume({ o: "bind", device: "/data/link/../x" }), ["/"]],
  ["a local bind relative to the daemon", localVolume({ o: "bind", device: "etc" }), ["/"]],
  ["a local block device", localVolume({ type: "ext4", device: "/dev/sda1" }), ["/"]],
  ["a local overlay", localVolume({ type: "overlay", device: "overlay", o: "lowerdir=/etc" }), ["/"]],
  ["the host's proc", localVolume({ type: "proc", device: "proc" }), ["/"]],
  ["a local tmpfs", localVolume({ type: "tmpfs", device: "tmpfs", o: "size=1m" }), []],
  ["a local NFS mount", localVolume({ type: "nfs", device: ":/export", o: "addr=10.0.0.1" }), []],
  ["a local CIFS mount", localVolume({ type: "cifs", device: "//server/share" }), []],
  ["another driver's option", localVolume({ mountpoint: "/etc" }, "local-persist"), ["/etc"]],
  ["another driver's options without paths", localVolume({ size: "5", share: "server:/x" }, "netshare"), []],
  [
    "a log driver's socket",
    { LogConfig: { Type: "fluentd", Config: { "fluentd-address": "unix:///run/x.sock" } } },
    ["/run/x.sock"],
  ],
  [
    "a log driver's datagrams",
    { LogConfig: { Type: "syslog", Config: { "syslog-address": "unixgram:///dev/log" } } },
    ["/dev/log"],
  ],
  ["a log driver's host", { LogConfig: { Type: "syslog", Config: { "syslog-address": "udp://10.0.0.1:514" } } }, []],
];

for (const [what, host, paths] of listed) {
  test(`listHostPaths() finds ${paths.join(", ") || "nothing"} in ${what}`, () => {
    const found = listHostPaths(requestOf(host));
    assert.deepEqual(
      found.map(({ kind, path }) => [kind, path]),
      paths.map((path) => ["mount", path]),
    );
  });
}

test("listHostPaths() finds devices as they are written", () => {
  const device = { PathOnHost: "/dev/../etc/x", PathInContainer: "/dev/x", CgroupPermissions: "r" };
  assert.deepEqual(listHostPaths(requestOf({ Devices: [device] })), [
    { kind: "device", path: "/dev/../etc/x", field: "HostConfig.Devices" },
  ]);
});

test("followLinks() follows what is there of a path that is not", async () => {
  await using fixture = await openFixture();
  const root = await realpath(fixture.path);
  await mkdir(join(root, "real"));
  await symlink(join(root, "real"), join(root, "link"));
  assert.equal(await followLinks(join(root, "link")), join(root, "real"));
  assert.equal(await followLinks(join(root, "link", "new", "deep")), join(root, "real", "new", "deep"));
});

test("followLinks() climbs as the system does", async () => {
  await using fixture = await openFixture();
  const root = await realpath(fixture.path);
  await mkdir(join(root, "far", "real"), { recursive: true });
  await mkdir(join(root, "near"));
  await symlink(join(root, "far", "real"), join(root, "near", "link"));
  assert.equal(await followLinks(`${root}/near/link/../new`), join(root, "far", "new"));
});

test("resolveHostPaths() shows where a link leads, and leaves the executor's own trees out", async () => {
  await using fixture = await openFixture();
  const root = await realpath(fixture.path);
  await mkdir(join(root, "sandbox"));
  await symlink("/etc", join(root, "sandbox", "escape"));
  await symlink(join(root, "sandbox"), join(root, "latest"));
  const binds = ["sandbox", "latest/data", "sandbox/escape", "sandbox/escape/new"].map((name) => `${root}/${name}:/x`);
  const found = await resolveHostPaths(requestOf({ Binds: binds }), [join(root, "latest")]);
  assert.deepEqual(
    found.map(({ path }) => path),
    ["/etc", "/etc/new"],
  );
});

test("resolveHostPaths() takes what nobody can follow for everything", async () => {
  await using fixture = await openFixture();
  const loop = join(fixture.path, "loop");
  await symlink("loop", loop);
  const hostPaths = await resolveHostPaths(requestOf({ Binds: [`${loop}:/x`] }), ["/sandbox"]);
  const note = `for all that "${loop}" can lead to (ELOOP)`;
  assert.deepEqual(hostPaths, [{ kind: "mount", path: "/", field: "HostConfig.Binds", note }]);
  const policy = policyOf(`host_mounts: { allow: ["${fixture.path}"] }`);
  assert.deepEqual(deniedBy(policy, wantedOf({}, { hostPaths })), [`host mount "/" ${note} (rule "host_mounts")`]);
});
