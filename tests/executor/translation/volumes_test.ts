import assert from "node:assert/strict";
import { test } from "node:test";
import type { MountSpec } from "../../../src/executor/task/task_spec.ts";
import { formatDocument } from "../../../src/executor/translation/document.ts";
import {
  Image_Type as ImageType,
  MountPropagation_Mode as Propagation,
  Volume_Source_SandboxPath_Type as SandboxPath,
  Secret_Type as SecretType,
  Volume_Mode,
} from "../../../src/mesos/protocol.ts";
import { type ResourceInit, scalar, type TaskInit } from "../task_specimen.ts";
import { translate } from "./translation_specimen.ts";
import {
  dockerVolume,
  field,
  from,
  hostPath,
  sandboxPath,
  secret,
  type Volume,
  withVolumes,
} from "./volume_specimen.ts";

const { RO, RW } = Volume_Mode;
const directory = "/var/lib/mesos/slaves/S0/sandbox";

const sandbox: MountSpec = {
  kind: "host",
  path: directory,
  chosenBy: "agent",
  missing: "made by the daemon",
  target: "/mnt/mesos/sandbox",
  mode: "rw",
  source: "sandbox",
};

/** All mounts but the sandbox, which must be the last. */
function mountsOf(init: TaskInit): MountSpec[] {
  const { mounts } = translate(init, { directory });
  assert.deepEqual(mounts.at(-1), sandbox);
  return mounts.slice(0, -1);
}

const place = { target: "/c", mode: "rw", source: field } as const;
const byPath = { ...place, kind: "host", chosenBy: "task", missing: "made by the daemon" } as const;
const refusedPath = { ...place, kind: "host", path: "/h", chosenBy: "task", missing: "refused" } as const;
const inSandbox = { ...place, kind: "host", chosenBy: "task", missing: "made for the owner" } as const;

const table: readonly { title: string; volume: Volume; driver?: string; mount: MountSpec }[] = [
  {
    title: "an absolute path of the host",
    volume: { hostPath: "/h", containerPath: "/c", mode: RW },
    mount: { ...byPath, path: "/h" },
  },
  {
    title: "one that is only read",
    volume: { hostPath: "/h", containerPath: "/c", mode: RO },
    mount: { ...byPath, path: "/h", mode: "ro" },
  },
  {
    title: "a relative path, which lies in the sandbox",
    volume: { hostPath: "rel", containerPath: "/c", mode: RO },
    mount: { ...byPath, path: `${directory}/rel`, mode: "ro" },
  },
  {
    title: "a relative target, which lies in the container's sandbox",
    volume: { hostPath: "/h", containerPath: "data/", mode: RW },
    mount: { ...byPath, path: "/h", target: "/mnt/mesos/sandbox/data/" },
  },
  {
    title: "paths with colons",
    volume: { hostPath: "/h:1", containerPath: "/c:d", mode: RW },
    mount: { ...byPath, path: "/h:1", target: "/c:d" },
  },
  {
    title: "a name beside DockerInfo.volume_driver",
    volume: { hostPath: "v", containerPath: "/c", mode: RW },
    driver: "rexray",
    mount: { ...place, kind: "volume", name: "v", driver: "rexray" },
  },
  {
    title: "a name beside a driver for a relative target",
    volume: { hostPath: "v", containerPath: "c", mode: RO },
    driver: "rexray",
    mount: { ...place, kind: "volume", name: "v", driver: "rexray", target: "/mnt/mesos/sandbox/c", mode: "ro" },
  },
  {
    title: "an absolute path beside a driver, which is for names",
    volume: { hostPath: "/h", containerPath: "/c", mode: RW },
    driver: "rexray",
    mount: { ...byPath, path: "/h" },
  },
  { title: "DOCKER_VOLUME", volume: from(dockerVolume()), mount: { ...place, kind: "volume", name: "v" } },
  {
    title: "DOCKER_VOLUME with a driver and its options",
    volume: from(dockerVolume({ driver: "x", driverOptions: { parameter: [{ key: "size", value: "10g" }] } }), RO),
    mount: { ...place, kind: "volume", name: "v", driver: "x", options: { size: "10g" }, mode: "ro" },
  },
  { title: "HOST_PATH", volume: from(hostPath(), RO), mount: { ...refusedPath, mode: "ro" } },
  { title: "HOST_PATH of no propagation", volume: from(hostPath(Propagation.UNKNOWN)), mount: refusedPath },
  {
    title: "HOST_PATH that the host's mounts come into",
    volume: from(hostPath(Propagation.HOST_TO_CONTAINER)),
    mount: { ...refusedPath, propagation: "rslave" },
  },
  {
    title: "HOST_PATH that mounts go both ways of",
    volume: from(hostPath(Propagation.BIDIRECTIONAL)),
    mount: { ...refusedPath, propagation: "rshared" },
  },
  {
    title: "SANDBOX_PATH of its own sandbox",
    volume: from(sandboxPath("a/b", SandboxPath.SELF)),
    mount: { ...inSandbox, path: `${directory}/a/b` },
  },
  {
    title: "SANDBOX_PATH of its parent's sandbox, which is the same",
    volume: from(sandboxPath("a", SandboxPath.PARENT), RO),
    mount: { ...inSandbox, path: `${directory}/a`, mode: "ro" },
  },
  {
    title: "SECRET",
    volume: from(secret({ type: SecretType.VALUE, value: { data: new Uint8Array([0, 255]) } })),
    mount: { ...place, kind: "secret", mode: "rw", bytes: new Uint8Array([0, 255]) },
  },
  {
    title: "SECRET that is only read",
    volume: from(secret({ type: SecretType.VALUE, value: { data: new Uint8Array([1]) } }), RO),
    mount: { ...place, kind: "secret", mode: "ro", bytes: new Uint8Array([1]) },
  },
  {
    title: "an image",
    volume: { containerPath: "/c", mode: RO, image: { type: ImageType.DOCKER, docker: { name: "busybox:1" } } },
    mount: { ...place, kind: "image", image: "busybox:1", mode: "ro" },
  },
];

for (const { title, volume, driver, mount } of table) {
  test(`toTaskSpec() mounts ${title}`, () => {
    assert.deepEqual(mountsOf(withVolumes([volume], driver)), [mount]);
  });
}

test("toTaskSpec() keeps the task's order, names each volume by its place, and puts the sandbox last (case 24)", () => {
  const volumes = ["/z", "/a", "/m"].map((path) => ({ hostPath: path, containerPath: path, mode: RW }));
  assert.deepEqual(
    mountsOf(withVolumes(volumes)).map(({ target, source }) => [target, source]),
    [
      ["/z", "container.volumes[0]"],
      ["/a", "container.volumes[1]"],
      ["/m", "container.volumes[2]"],
    ],
  );
});

test("toTaskSpec() gives a task without container its sandbox", () => {
  assert.deepEqual(translate({}, { argv: ["busybox"], directory }).mounts, [sandbox]);
});

test("toTaskSpec() mounts what a document says behind what the container says", () => {
  const data = formatDocument({
    volumes: [
      { hostPath: "/h", containerPath: "/d" },
      { hostPath: "v", containerPath: "e", mode: "ro", driver: "x", options: { size: "1g" } },
    ],
  });
  const init = { ...withVolumes([{ hostPath: "/h", containerPath: "/c", mode: RW }]), data };
  const source = "TaskInfo.data volumes";
  assert.deepEqual(mountsOf(init), [
    { ...byPath, path: "/h" },
    { ...byPath, path: "/h", target: "/d", source },
    {
      kind: "volume",
      name: "v",
      driver: "x",
      options: { size: "1g" },
      target: "/mnt/mesos/sandbox/e",
      mode: "ro",
      source,
    },
  ]);
});

const volumeRoot = `${directory.split("/slaves/")[0]}/volumes`;

type DiskSource = NonNullable<NonNullable<ResourceInit["disk"]>["source"]>;

const persistent = (mode: Volume_Mode, containerPath = "data", source?: DiskSource): ResourceInit => ({
  ...scalar("disk", 10),
  disk: { persistence: { id: "p1" }, volume: { mode, containerPath }, ...(source ? { source } : {}) },
});

for (const [mode, word] of [
  [RW, "rw"],
  [RO, "ro"],
] as const) {
  test(`toTaskSpec() mounts a persistent volume that the agent has laid out in the sandbox, ${word} (case 27)`, () => {
    assert.deepEqual(mountsOf({ ...withVolumes([]), resources: [persistent(mode)] }), [
      {
        kind: "host",
        path: `${directory}/data`,
        chosenBy: "agent",
        roots: [volumeRoot],
        missing: "refused",
        target: "/mnt/mesos/sandbox/data",
        mode: word,
        source: "resources.disk.volume",
      },
    ]);
  });
}

for (const [title, source, root] of [
  ["a mounted disk", { type: 2, mount: { root: "/mnt/disk1" } }, "/mnt/disk1"],
  ["a path of another disk", { type: 1, path: { root: "/srv/mesos" } }, "/srv/mesos"],
  [
    "a path below the work directory",
    { type: 1, path: { root: "disks/a" } },
    `${directory.split("/slaves/")[0]}/disks/a`,
  ],
] as const) {
  test(`toTaskSpec() knows where a persistent volume of ${title} may lead`, () => {
    const [mount] = mountsOf({ ...withVolumes([]), resources: [persistent(RW, "data", source)] });
    assert.deepEqual(mount?.kind === "host" && mount.roots, [volumeRoot, root]);
  });
}

test("toTaskSpec() mounts no disk that is no volume", () => {
  const resources: ResourceInit[] = [scalar("disk", 10), { ...scalar("disk", 10), disk: { source: { type: 2 } } }];
  assert.deepEqual(mountsOf({ ...withVolumes([]), resources }), []);
});
