import assert from "node:assert/strict";
import { create, type MessageInitShape } from "@bufbuild/protobuf";
import { ExecutorInfoSchema } from "../../../proto/slim/mesos/v1/mesos_pb.ts";
import type { ContainerConfig, HostConfig } from "../../../src/docker/mod.ts";
import { toContainerCreate } from "../../../src/executor/container/create_body.ts";
import { TaskError, type TaskErrorCode } from "../../../src/executor/task/task_error.ts";
import type { TaskSpec } from "../../../src/executor/task/task_spec.ts";
import { type TranslationContext, toTaskSpec } from "../../../src/executor/translation/translate.ts";
import { createTask, type TaskInit } from "../task_specimen.ts";

/** An ExecutorInfo as a test writes it down. */
export type ExecutorInit = Partial<
  Exclude<MessageInitShape<typeof ExecutorInfoSchema>, TranslationContext["executorInfo"]>
>;

/** What a test changes of the context; files are texts by their paths, seccomp profiles by their names. */
export interface Surroundings
  extends Partial<Omit<TranslationContext, "executorInfo" | "readSandboxFile" | "readSeccompProfile">> {
  executor?: ExecutorInit;
  files?: Readonly<Record<string, string>>;
  profiles?: Readonly<Record<string, string>>;
}

/** Container and sandbox of every specimen. */
export const containerName = "task-t1-00";
export const directory = "/sandbox";

/** The smallest container that names its image. */
export const docker = { docker: { image: "busybox" } } as const satisfies TaskInit["container"];

/** An executor with 16 GB of memory, no arguments, and nobody's wishes. */
export function createContext(surroundings: Surroundings = {}): TranslationContext {
  const { executor = {}, files = {}, profiles = {}, ...rest } = surroundings;
  const read = (texts: Readonly<Record<string, string>>) => (name: string) => {
    const text = texts[name];
    if (text === undefined) throw new TaskError("invalid", `Cannot read "${name}": it is not there`);
    return text;
  };
  return {
    executorInfo: create(ExecutorInfoSchema, { executorId: { value: "e1" }, ...executor }),
    argv: [],
    directory,
    hostMemoryBytes: 2 ** 34,
    containerName,
    ignoredParameters: new Set(),
    healthcheck: "off",
    publishedPorts: "offered",
    readSandboxFile: read(files),
    readSeccompProfile: read(profiles),
    ...rest,
  };
}

/** Reads a task as {@link toTaskSpec} does. */
export function translate(init: TaskInit, surroundings: Surroundings = {}): TaskSpec {
  return toTaskSpec(createTask(init), createContext(surroundings));
}

/** What the daemon is asked for, but for mounts: those depend on the host. */
export function readBody(init: TaskInit, surroundings: Surroundings = {}): ContainerConfig {
  const none = { name: containerName, labels: {}, binds: [], mounts: [] };
  return toContainerCreate(translate(init, surroundings), none).body;
}

/** The host's side of {@link readBody}. */
export function readHost(init: TaskInit, surroundings: Surroundings = {}): HostConfig {
  return readBody(init, surroundings).HostConfig ?? {};
}

/** Variables by name, without those that Mesos sets itself. */
export function readVariables(init: TaskInit, surroundings: Surroundings = {}): Record<string, string> {
  const entries = (readBody(init, surroundings).Env ?? []).map((text): [string, string] => {
    const [, name = "", value = ""] = /^([^=]*)=(.*)$/s.exec(text) ?? [];
    return [name, value];
  });
  return Object.fromEntries(entries.filter(([name]) => !name.startsWith("MESOS_")));
}

/** Asserts that a task is refused with this code and these words. */
export function assertRefused(
  init: TaskInit,
  expected: { code: TaskErrorCode; message: string },
  surroundings: Surroundings = {},
): void {
  assert.throws(
    () => translate(init, surroundings),
    (error) => {
      assert.ok(error instanceof TaskError, `${error}`);
      assert.deepEqual({ code: error.code, message: error.message }, expected);
      return true;
    },
  );
}

/** Bytes of a text. */
export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(text);
}
