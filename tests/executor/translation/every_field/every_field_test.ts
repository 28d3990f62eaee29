// Every field that a task or its executor can have does something, is refused by name, or is somebody else's business:
// none is dropped in silence. A field that Mesos adds fails here until it has been placed.
import assert from "node:assert/strict";
import { test } from "node:test";
import { create, type DescMessage } from "@bufbuild/protobuf";
import { ExecutorInfoSchema, TaskInfoSchema } from "../../../../proto/mesos/v1/mesos_pb.ts";
import {
  ExecutorInfoSchema as SlimExecutorInfoSchema,
  TaskInfoSchema as SlimTaskInfoSchema,
} from "../../../../proto/slim/mesos/v1/mesos_pb.ts";
import { TaskError } from "../../../../src/executor/task/task_error.ts";
import type { TaskSpec } from "../../../../src/executor/task/task_spec.ts";
import { type ContainerInit, createTask } from "../../task_specimen.ts";
import { type Surroundings, translate } from "../translation_specimen.ts";
import { checkBehaviours } from "./check_behaviours.ts";
import { containerBehaviours } from "./container_behaviours.ts";
import { isSet, type Leaf, listLeaves, setOnly } from "./leaves.ts";
import { othersBusiness } from "./others_business.ts";
import { refusals } from "./refusals.ts";
import { type Behaviours, plain, type Refusal, type Told } from "./tables.ts";
import { taskBehaviours } from "./task_behaviours.ts";
import { volumeBehaviours } from "./volume_behaviours.ts";

const executorPrefix = "ExecutorInfo.";
const behaviours: Behaviours = { ...containerBehaviours, ...volumeBehaviours, ...taskBehaviours, ...checkBehaviours };
const tables = { behaviours, refusals, othersBusiness };

/** The full schema is Mesos' own, and what a field is added to first; slim is what the executor decodes. */
const leaves = listRoots(TaskInfoSchema, ExecutorInfoSchema);
const slimLeaves = listRoots(SlimTaskInfoSchema, SlimExecutorInfoSchema);

function listRoots(task: DescMessage, executor: DescMessage): readonly Leaf[] {
  const ofExecutor = listLeaves(executor).map(({ path, fields }) => ({ path: executorPrefix + path, fields }));
  return [...listLeaves(task), ...ofExecutor];
}

/** An entry stands for the field that it names, and for all that lie below it. */
function covers(entry: string, path: string): boolean {
  return path === entry || path.startsWith(`${entry}.`);
}

function entriesOf(path: string): string[] {
  return Object.entries(tables).flatMap(([table, entries]) =>
    Object.keys(entries).flatMap((entry) => (covers(entry, path) ? [`${table} ${entry}`] : [])),
  );
}

test("the schema that the executor decodes has the fields of the full one", () => {
  const pathsOf = (list: readonly Leaf[]) => list.map(({ path }) => path);
  assert.deepEqual(pathsOf(slimLeaves), pathsOf(leaves));
  assert.ok(leaves.length > 600, `${leaves.length} fields`);
});

test("every field is placed, and in one table", () => {
  const misplaced = leaves
    .map(({ path }) => ({ path, entries: entriesOf(path) }))
    .filter(({ entries }) => entries.length !== 1);
  assert.deepEqual(misplaced, []);
});

test("every entry of a table is a field", () => {
  const unknown = Object.values(tables).flatMap((entries) =>
    Object.keys(entries).filter((entry) => !leaves.some(({ path }) => covers(entry, path))),
  );
  assert.deepEqual(unknown, []);
});

test("behaviours are shown of single fields", () => {
  const paths = new Set(leaves.map(({ path }) => path));
  assert.deepEqual(
    Object.keys(behaviours).filter((path) => !paths.has(path)),
    [],
  );
});

test("every field of others' business has a reason", () => {
  for (const [path, reason] of Object.entries(othersBusiness)) assert.match(reason, /^\S.{15,}[^.]$/, path);
});

function read({ task, executor = {} }: Told, surroundings: Surroundings = {}): TaskSpec {
  return translate(task, { ...surroundings, executor });
}

for (const { path, fields } of leaves) {
  const behaviour = behaviours[path];
  if (!behaviour) continue;
  test(`${path} is honoured`, () => {
    const { without = { task: plain }, surroundings, expected } = behaviour;
    const message = path.startsWith(executorPrefix)
      ? create(SlimExecutorInfoSchema, { executorId: { value: "e1" }, ...behaviour.executor })
      : createTask(behaviour.task);
    assert.ok(isSet(message, fields), "the task says the field");
    assert.deepEqual(behaviour.read(read(behaviour, surroundings)), expected);
    assert.notDeepEqual(tryToRead(without, behaviour.read, surroundings), expected, "it is the field that says it");
  });
}

/** A task may need the field so much that it is refused without it. */
function tryToRead(told: Told, look: (spec: TaskSpec) => unknown, surroundings: Surroundings = {}): unknown {
  try {
    return look(read(told, surroundings));
  } catch (error) {
    assert.ok(error instanceof TaskError, `${error}`);
    return error;
  }
}

for (const leaf of leaves) {
  const [, refusal] = Object.entries(refusals).find(([entry]) => covers(entry, leaf.path)) ?? [];
  if (!refusal) continue;
  test(`${leaf.path} is refused by name`, () => {
    const told = toRefused(leaf, refusal);
    const { task, executor = {} } = told;
    const message = leaf.path.startsWith(executorPrefix)
      ? create(SlimExecutorInfoSchema, { executorId: { value: "e1" }, ...executor })
      : createTask(task);
    assert.ok(isSet(message, leaf.fields), "the task says the field");
    assert.throws(
      () => read(told),
      (error) => {
        assert.ok(error instanceof TaskError, `${error}`);
        assert.equal(error.code, refusal.code);
        if (typeof refusal.message === "string") assert.equal(error.message, refusal.message);
        else assert.match(error.message, refusal.message);
        return true;
      },
    );
  });
}

function toRefused({ path, fields }: Leaf, { complete = (told) => told }: Refusal): Told {
  const only = setOnly(fields);
  const isOfExecutor = path.startsWith(executorPrefix);
  const { task, ...rest } = complete(isOfExecutor ? { task: {}, executor: only } : { task: only });
  // An image is what every task needs; MesosInfo names its own.
  const container = task.container && "mesos" in task.container ? {} : plain.container;
  return { ...rest, task: { ...task, container: { ...container, ...task.container } as ContainerInit } };
}
