import { totalmem } from "node:os";
import type { ExecutorInfo, TaskInfo } from "../../mesos/protocol.ts";
import { createContainerName } from "../container/identity.ts";
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
export function readTask(task: TaskInfo, place: ReaderPlace): { spec: TaskSpec; name: string } {
  const { executorInfo, argv, directory, sandbox, policy, healthcheck } = place;
  const name = createContainerName(task.taskId?.value ?? "");
  const spec = toTaskSpec(task, {
    executorInfo,
    argv,
    directory,
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
