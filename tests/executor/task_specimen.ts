import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { TaskInfoSchema } from "../../proto/slim/mesos/v1/mesos_pb.ts";
import type { TaskSpec } from "../../src/executor/task/task_spec.ts";
import type { TaskInfo } from "../../src/mesos/protocol.ts";

/** A task's description as a test writes it down. */
export type TaskInit = Exclude<MessageInitShape<typeof TaskInfoSchema>, TaskInfo>;

/** A message inside of a task as a test writes it down. */
export type Plain<T> = Extract<NonNullable<T>, { $typeName?: never }>;

/** A container as a test writes it down. */
export type ContainerInit = Plain<TaskInit["container"]>;

/** A resource as a test writes it down. */
export type ResourceInit = Plain<NonNullable<TaskInit["resources"]>[number]>;

/** A task as an agent delivers it: ids and name are there, everything else is the test's. */
export function createTask(init: TaskInit = {}): TaskInfo {
  return create(TaskInfoSchema, { name: "specimen", taskId: { value: "t1" }, agentId: { value: "a1" }, ...init });
}

/** A scalar resource, allocated to a role when there is one. */
export function scalar(name: string, value: number, role?: string): ResourceInit {
  return { name, type: 0, scalar: { value }, ...(role === undefined ? {} : { allocationInfo: { role } }) };
}

/** Ports that are offered to a task. */
export function ports(...ranges: [begin: number, end: number][]): ResourceInit {
  const range = ranges.map(([begin, end]) => ({ begin: BigInt(begin), end: BigInt(end) }));
  return { name: "ports", type: 1, ranges: { range } };
}

/** A resolved task that asks for nothing special. */
export function createSpec(overrides: Partial<TaskSpec> = {}): TaskSpec {
  return {
    taskId: "t1",
    image: "busybox",
    pull: "missing",
    container: { Env: [], HostConfig: { NetworkMode: "host" } },
    mounts: [],
    ports: [],
    amounts: {},
    logs: {},
    secrets: [],
    parameters: [],
    operatorOptions: [],
    sources: {},
    warnings: [],
    ...overrides,
  };
}
