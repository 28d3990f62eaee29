import { totalmem } from "node:os";
import type { ExecutorInfo, TaskInfo } from "../../mesos/protocol.ts";
import { createContainerName } from "../container/identity.ts";
import { taskFolder } from "../output/task_files.ts";
import type { Policy } from "../policy/policy.ts";
import type { TaskSpec } from "../task/task_spec.ts";
import { type TranslationContext, toTaskSpec } from "../translation/translate.ts";
import { readSandboxFile, readSeccompProfile } from "./sandbox_file.ts";

/** What tasks of this host are read against. */
export interface ReaderPlace {
  executorInfo: ExecutorInfo;
  /** Words of the executor's own command line. */
  argv: readonly string[];
  /** The sandbox as the host sees it, and as this process does. */
  directory: string;
  sandbox: string;
  policy: Policy;
  healthcheck: TranslationContext["healthcheck"];
}

/** What a task asks for, and a name for its container; throws {@link TaskError} for what is wrong with it. */
export function readTask(
  task: TaskInfo,
  place: ReaderPlace,
  membership: "alone" | "group" = "alone",
): { spec: TaskSpec; name: string } {
  const { executorInfo, argv, sandbox, policy, healthcheck } = place;
  const name = createContainerName(task.taskId?.value ?? "");
  const spec = toTaskSpec(task, {
    executorInfo,
    argv,
    ...toSandboxes(task, place.directory, membership),
    hostMemoryBytes: totalmem(),
    containerName: name,
    ignoredParameters: new Set(policy.parameters.ignore),
    publishedPorts: policy.publishedPorts,
    healthcheck,
    readSandboxFile: (path) => readSandboxFile(sandbox, path),
    readSeccompProfile: (profile) => readSeccompProfile(policy.seccompProfiles, profile),
  });
  return { spec, name };
}

/** A task of a group has its output's folder for a sandbox (contract C.1). */
function toSandboxes(
  task: TaskInfo,
  directory: string,
  membership: "alone" | "group",
): Pick<TranslationContext, "directory" | "group"> {
  if (membership === "alone") return { directory };
  return { directory: taskFolder(directory, task.taskId?.value ?? ""), group: { directory } };
}
