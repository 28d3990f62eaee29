// Every field that a task can have does the same in a task group, or something else that is written down here, or is
// refused there by its name.
import assert from "node:assert/strict";
import { test } from "node:test";
import { refuseInGroup } from "../../../../src/executor/groups/member_rules.ts";
import { TaskError } from "../../../../src/executor/task/task_error.ts";
import { ContainerInfo_Type, Image_Type } from "../../../../src/mesos/protocol.ts";
import { type ContainerInit, createTask, type TaskInit } from "../../task_specimen.ts";
import { translate } from "../translation_specimen.ts";
import { containerBehaviours } from "./container_behaviours.ts";
import type { Behaviours } from "./tables.ts";
import { taskBehaviours } from "./task_behaviours.ts";
import { volumeBehaviours } from "./volume_behaviours.ts";

const behaviours: Behaviours = { ...containerBehaviours, ...volumeBehaviours, ...taskBehaviours };
const group = { directory: "/parent" };

/** What a field does in a group, where it does something else. */
const others: Readonly<Record<string, unknown>> = {
  // Its parent is the group's own container, and not the host.
  "container.linux_info.share_pid_namespace": "container:",
  // PARENT is the executor's sandbox.
  "container.volumes.source.sandbox_path.type": "/parent/a",
  // What an image exposes is published for nobody in a group: ports that are named are, and must be among these.
  "resources.ranges.range.begin": undefined,
  "resources.ranges.range.end": undefined,
};

/** Fields that are refused only in a group. */
const refused: Readonly<Record<string, TaskInit>> = {
  "command.uris": { command: { uris: [{ value: "http://registry.local/file" }] } },
  "container.docker": { container: { docker: { image: "busybox" } } },
};

/** A task as a master lets it into a group: of type MESOS, and without an executor's own words. */
function toMember(task: TaskInit): TaskInit {
  const { docker, ...container } = (task.container ?? {}) as ContainerInit & { docker?: { image?: string } };
  const image = { type: Image_Type.DOCKER, docker: { name: docker?.image ?? "busybox" }, cached: true };
  return { ...task, container: { type: ContainerInfo_Type.MESOS, mesos: { image }, ...container } as ContainerInit };
}

for (const [path, behaviour] of Object.entries(behaviours)) {
  if (path.startsWith("container.docker.")) continue;
  test(`${path} is honoured in a group`, () => {
    const { task, executor = {}, surroundings = {}, read, expected } = behaviour;
    const spec = translate(toMember(task), { ...surroundings, executor, group });
    assert.deepEqual(read(spec), Object.hasOwn(others, path) ? others[path] : expected);
  });
}

for (const [path, task] of Object.entries(refused)) {
  test(`${path} is refused by name in a group`, () => {
    assert.throws(
      () => refuseInGroup(createTask(task)),
      (error) => {
        assert.ok(error instanceof TaskError, `${error}`);
        assert.equal(error.code, "unsupported");
        assert.ok(error.message.startsWith(`Cannot honour TaskInfo fields in a task group: ${path} (`), error.message);
        return true;
      },
    );
  });
}

test("every field that does something else in a group is one that does something", () => {
  assert.deepEqual(
    Object.keys(others).filter((path) => !behaviours[path]),
    [],
  );
});
