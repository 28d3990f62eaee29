import assert from "node:assert/strict";
import { mkdir, readdir, readFile, stat, symlink } from "node:fs/promises";
import { dirname } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { openHostMounts } from "../../../src/executor/container/mounts.ts";
import type { HostMount, MountSpec } from "../../../src/executor/task/task_spec.ts";
import { openTemporaryFolder, type TemporaryFolder } from "../temporary_folder.ts";

const place = { target: "/c", mode: "rw", source: "container.volumes[0]" } as const;

function host(path: string, rest: Partial<HostMount & MountSpec> = {}): MountSpec {
  return { ...place, kind: "host", path, chosenBy: "task", missing: "made by the daemon", ...rest } as MountSpec;
}

const secret = (text: string): MountSpec => ({
  ...place,
  kind: "secret",
  mode: "ro",
  target: `/run/${text}`,
  bytes: new TextEncoder().encode(text),
});

/** A host with a sandbox, a directory that is not in it, and links to both. */
async function openHost(): Promise<TemporaryFolder> {
  const folder = await openTemporaryFolder();
  await mkdir(folder.at("sandbox", "inner"), { recursive: true });
  await mkdir(folder.at("outside"));
  await symlink(folder.at("outside"), folder.at("sandbox", "link"));
  await symlink(folder.at("sandbox"), folder.at("alias"));
  return folder;
}

test("openHostMounts() binds paths as they are, in order, with mode and propagation", async () => {
  await using folder = await openHost();
  const specs = [
    host(folder.at("outside"), { mode: "ro" }),
    host(folder.at("sandbox", "inner"), { target: "/d", propagation: "rslave" }),
  ];
  await using mounts = await openHostMounts(specs, folder.at("sandbox"));
  assert.deepEqual(mounts.binds, [`${folder.at("outside")}:/c:ro`, `${folder.at("sandbox", "inner")}:/d:rw,rslave`]);
  assert.deepEqual(mounts.mounts, []);
});

test("openHostMounts() follows links, so that what is checked is what is mounted", async () => {
  await using folder = await openHost();
  const specs = [host(folder.at("sandbox", "link")), host(folder.at("alias", "inner"), { target: "/d" })];
  await using mounts = await openHostMounts(specs, folder.at("sandbox"));
  assert.deepEqual(mounts.binds, [`${folder.at("outside")}:/c:rw`, `${folder.at("sandbox", "inner")}:/d:rw`]);
});

test("openHostMounts() leaves a path that is not there to the daemon", async () => {
  await using folder = await openHost();
  await using mounts = await openHostMounts([host(folder.at("absent", "a"))], folder.at("sandbox"));
  assert.deepEqual(mounts.binds, [`${folder.at("absent", "a")}:/c:rw`]);
  await assert.rejects(stat(folder.at("absent")), { code: "ENOENT" });
});

test("openHostMounts() mounts in the newer form what may not be made by the daemon", async () => {
  await using folder = await openHost();
  const spec = host(folder.at("outside"), { missing: "refused", mode: "ro", propagation: "rshared" });
  await using mounts = await openHostMounts([spec], folder.at("sandbox"));
  assert.deepEqual(mounts.binds, []);
  assert.deepEqual(mounts.mounts, [
    {
      Type: "bind",
      Source: folder.at("outside"),
      Target: "/c",
      ReadOnly: true,
      BindOptions: { Propagation: "rshared" },
    },
  ]);
});

for (const [title, path, target] of [
  ["path", "a:b", "/c"],
  ["target", "outside", "/c:d"],
] as const) {
  test(`openHostMounts() mounts in the newer form what a bind cannot say: a colon in the ${title} (case 25)`, async () => {
    await using folder = await openHost();
    await mkdir(folder.at("a:b"));
    await using mounts = await openHostMounts([host(folder.at(path), { target })], folder.at("sandbox"));
    assert.deepEqual(mounts.binds, []);
    assert.deepEqual(mounts.mounts, [{ Type: "bind", Source: folder.at(path), Target: target, ReadOnly: false }]);
  });
}

test("openHostMounts() sees a colon behind a link", async () => {
  await using folder = await openHost();
  await mkdir(folder.at("a:b"));
  await symlink(folder.at("a:b"), folder.at("plain"));
  await using mounts = await openHostMounts([host(folder.at("plain"))], folder.at("sandbox"));
  assert.deepEqual(
    mounts.mounts.map(({ Source }) => Source),
    [folder.at("a:b")],
  );
});

test("openHostMounts() mounts volumes of the daemon and images", async () => {
  await using folder = await openHost();
  const specs: MountSpec[] = [
    { ...place, kind: "volume", name: "v" },
    { ...place, kind: "volume", name: "w", driver: "x", options: { size: "1g" }, mode: "ro" },
    { ...place, kind: "image", image: "busybox", mode: "ro" },
  ];
  await using mounts = await openHostMounts(specs, folder.at("sandbox"));
  assert.deepEqual(mounts.mounts, [
    { Type: "volume", Source: "v", Target: "/c", ReadOnly: false },
    {
      Type: "volume",
      Source: "w",
      Target: "/c",
      ReadOnly: true,
      VolumeOptions: { DriverConfig: { Name: "x", Options: { size: "1g" } } },
    },
    { Type: "image", Source: "busybox", Target: "/c", ReadOnly: true },
  ]);
  assert.deepEqual(mounts.images, ["busybox"]);
  assert.deepEqual(mounts.binds, []);
});

test("openHostMounts() tells what no task chose, wherever links lead", async () => {
  await using folder = await openHost();
  await mkdir(folder.at("volumes", "p1"), { recursive: true });
  await symlink(folder.at("volumes", "p1"), folder.at("sandbox", "data"));
  const specs = [
    host(folder.at("sandbox", "link")),
    host(folder.at("sandbox", "data"), { chosenBy: "agent", missing: "refused" }),
    host(folder.at("alias"), { chosenBy: "agent" }),
  ];
  await using mounts = await openHostMounts(specs, folder.at("alias"));
  const own = new Set(mounts.ownPaths);
  assert.deepEqual(own, new Set([folder.at("alias"), folder.at("sandbox"), folder.at("volumes", "p1")]));
  assert.equal(own.has(folder.at("outside")), false);
});

test("openHostMounts() mounts a persistent volume by the real path behind the agent's link (case 27)", async () => {
  await using folder = await openHost();
  await mkdir(folder.at("volumes", "p1"), { recursive: true });
  await symlink(folder.at("volumes", "p1"), folder.at("sandbox", "data"));
  const spec = host(folder.at("sandbox", "data"), {
    chosenBy: "agent",
    missing: "refused",
    target: "/mnt/mesos/sandbox/data",
  });
  await using mounts = await openHostMounts([spec], folder.at("sandbox"));
  assert.deepEqual(mounts.mounts, [
    { Type: "bind", Source: folder.at("volumes", "p1"), Target: "/mnt/mesos/sandbox/data", ReadOnly: false },
  ]);
});

test("openHostMounts() writes secrets where nobody of the host can enter, readable for whoever is in the container", async () => {
  await using folder = await openHost();
  const mounts = await openHostMounts([secret("one"), host(folder.at("outside")), secret("two")], folder.at("sandbox"));
  const sources = mounts.mounts.map(({ Source = "" }) => Source);
  const parents = new Set(sources.map(dirname));
  const [parent = ""] = parents;
  assert.equal(parents.size, 1);
  assert.match(parent, /^\/dev\/shm\/mesos-docker-secrets-/);
  assert.equal((await stat(parent)).mode & 0o777, 0o700);
  assert.deepEqual(
    mounts.mounts.map(({ Target, ReadOnly }) => [Target, ReadOnly]),
    [
      ["/run/one", true],
      ["/run/two", true],
    ],
  );
  const found = await Promise.all(
    sources.map(async (path) => [await readFile(path, "utf8"), (await stat(path)).mode & 0o777]),
  );
  assert.deepEqual(found, [
    ["one", 0o444],
    ["two", 0o444],
  ]);
  assert.deepEqual(mounts.ownPaths.slice(-2), sources);
  await mounts[Symbol.asyncDispose]();
  await assert.rejects(stat(parent), { code: "ENOENT" });
});

test("openHostMounts() keeps the bytes of a secret, also those of none", async () => {
  await using folder = await openHost();
  const bytes = new Uint8Array([0, 255, 10, 13]);
  const specs: MountSpec[] = [
    { ...place, kind: "secret", bytes },
    { ...place, kind: "secret", bytes: new Uint8Array() },
  ];
  await using mounts = await openHostMounts(specs, folder.at("sandbox"));
  const written = await Promise.all(mounts.mounts.map(({ Source = "" }) => readFile(Source)));
  assert.deepEqual(
    written.map((one) => [...one]),
    [[...bytes], []],
  );
});

test("openHostMounts() leaves no secret behind when a later mount cannot be made", async () => {
  await using folder = await openHost();
  const marked = `secret-${process.pid}-${Date.now()}`;
  const hostile = host(folder.at("sandbox", "link", "a"), { missing: "made for the owner" });
  await assert.rejects(openHostMounts([secret(marked), hostile], folder.at("sandbox")), {
    name: "TaskError",
    code: "launch",
  });
  const folders = (await readdir("/dev/shm")).filter((name) => name.startsWith("mesos-docker-secrets-"));
  const texts = await Promise.all(folders.map((name) => readFile(`/dev/shm/${name}/0`, "utf8").catch(() => "")));
  assert.equal(texts.includes(marked), false);
});

test("openHostMounts() makes directories in the sandbox that a task asks for", async () => {
  await using folder = await openHost();
  const spec = host(folder.at("sandbox", "a", "b"), { missing: "made for the owner" });
  await using mounts = await openHostMounts([spec], folder.at("sandbox"));
  assert.deepEqual(mounts.binds, [`${folder.at("sandbox", "a", "b")}:/c:rw`]);
  assert.ok((await stat(folder.at("sandbox", "a", "b"))).isDirectory());
});
