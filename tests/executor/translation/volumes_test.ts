import assert from "node:assert/strict";
import { test } from "node:test";
import { TaskError } from "../../../src/executor/task_error.ts";
import type { VolumeSpec } from "../../../src/executor/task_spec.ts";
import { toVolumes } from "../../../src/executor/translation/volumes.ts";
import { Volume_Mode } from "../../../src/mesos/protocol.ts";
import { createTask } from "../task_specimen.ts";

const { RO, RW } = Volume_Mode;
const directory = "/var/lib/mesos/slaves/S0/sandbox";
const sandbox: VolumeSpec = { source: directory, target: "/mnt/mesos/sandbox", mode: "rw" };

const table: readonly { hostPath: string; containerPath: string; mode: Volume_Mode; volume: VolumeSpec }[] = [
  { hostPath: "/h", containerPath: "/c", mode: RW, volume: { source: "/h", target: "/c", mode: "rw" } },
  { hostPath: "/h", containerPath: "/c", mode: RO, volume: { source: "/h", target: "/c", mode: "ro" } },
  {
    hostPath: "rel",
    containerPath: "/c2",
    mode: RO,
    volume: { source: `${directory}/rel`, target: "/c2", mode: "ro" },
  },
  {
    hostPath: "/h",
    containerPath: "data/",
    mode: RW,
    volume: { source: "/h", target: "/mnt/mesos/sandbox/data/", mode: "rw" },
  },
];

for (const { volume, ...given } of table) {
  test(`toVolumes() puts ${given.hostPath} to ${given.containerPath} as ${volume.mode}`, () => {
    assert.deepEqual(toVolumes(createTask({ container: { volumes: [given] } }), directory), [volume, sandbox]);
  });
}

test("toVolumes() keeps the task's order and puts the sandbox last", () => {
  const volumes = ["/z", "/a", "/m"].map((path) => ({ hostPath: path, containerPath: path, mode: RW }));
  const targets = toVolumes(createTask({ container: { volumes } }), directory).map(({ target }) => target);
  assert.deepEqual(targets, ["/z", "/a", "/m", "/mnt/mesos/sandbox"]);
});

test("toVolumes() gives a task without container its sandbox", () => {
  assert.deepEqual(toVolumes(createTask(), directory), [sandbox]);
});

test("toVolumes() refuses two relative paths", () => {
  const volumes = [{ hostPath: "h", containerPath: "c", mode: RW }];
  assert.throws(
    () => toVolumes(createTask({ container: { volumes } }), directory),
    new TaskError("invalid", "Both host_path 'h' and container_path 'c' of a volume are relative"),
  );
});

test("toVolumes() refuses a volume without host path", () => {
  assert.throws(
    () => toVolumes(createTask({ container: { volumes: [{ containerPath: "/c", mode: RW }] } }), directory),
    new TaskError("invalid", "Host path or volume source is required"),
  );
});
