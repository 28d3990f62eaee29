import type { TaskErrorCode } from "../../../../src/executor/task/task_error.ts";
import type { TaskSpec } from "../../../../src/executor/task/task_spec.ts";
import type { ContainerInit, ResourceInit, TaskInit } from "../../task_specimen.ts";
import type { ExecutorInit, Surroundings } from "../translation_specimen.ts";

/** A task, perhaps with what its executor says, that shows what a field does. */
export interface Told {
  task: TaskInit;
  executor?: ExecutorInit;
}

/** What a field does: where the spec shows it, and that another value or none shows something else there. */
export interface Behaviour extends Told {
  /** The same but for the field; the plain task unless given. A task that is refused shows that as well. */
  without?: Told;
  read: (spec: TaskSpec) => unknown;
  expected: unknown;
  surroundings?: Omit<Surroundings, "executor">;
}

/** A field that is refused, or all that lie below one. */
export interface Refusal {
  code: TaskErrorCode;
  /** The whole message, or what it must hold. */
  message: string | RegExp;
  /** What the field needs beside itself to be looked at. */
  complete?: (only: Told) => Told;
}

/** Behaviours by the paths of their fields. */
export type Behaviours = Readonly<Record<string, Behaviour>>;

/** The smallest task. */
export const plain: TaskInit = { container: { docker: { image: "busybox" } } };

/** The smallest task with a wider container. */
export function inContainer(container: ContainerInit): TaskInit {
  return { container: { docker: { image: "busybox" }, ...container } };
}

/** The smallest task with resources. */
export function withResources(...resources: ResourceInit[]): TaskInit {
  return { ...plain, resources };
}
