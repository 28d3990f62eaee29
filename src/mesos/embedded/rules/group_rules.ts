import { ContainerInfo_Type, type ExecutorInfo, ExecutorInfo_Type, type TaskInfo } from "../../protocol.ts";
import { readAmounts } from "../offers/amounts.ts";

/** Least thousandths that an executor of a group has to have; disk only has to be there (contract A.13). */
const minima = new Map([
  ["cpus", 10],
  ["mem", 32_000],
  ["disk", 1],
]);

/** What a master finds wrong with a task group beyond what it finds in each task (contract A.13). */
export function* groupFaults(executor: ExecutorInfo, tasks: readonly TaskInfo[]): Generator<string> {
  if (tasks.length === 0) yield "it has no tasks";
  if (executor.type === ExecutorInfo_Type.UNKNOWN) yield "its executor has no type, expected DEFAULT or CUSTOM";
  if (executor.container?.type === ContainerInfo_Type.DOCKER) yield "its executor has a DOCKER container";
  yield* minimumFaults(executor);
  for (const task of tasks) yield* memberFaults(task);
}

/** Scalars below which a master warns about an executor's resources. */
export function* minimumFaults(executor: ExecutorInfo): Generator<string> {
  const { scalars } = readAmounts(executor.resources);
  for (const [name, least] of minima) {
    const has = scalars.get(name) ?? 0;
    if (has < least) yield `its executor has ${has / 1000} ${name}, expected at least ${least / 1000}`;
  }
}

function* memberFaults(task: TaskInfo): Generator<string> {
  const name = `its task "${task.taskId?.value}"`;
  if (task.container?.type === ContainerInfo_Type.DOCKER) yield `${name} has a DOCKER container`;
  const isChecked = [task.healthCheck, task.check].some((check) => check?.http || check?.tcp);
  if (isChecked && (task.container?.networkInfos.length ?? 0) > 0)
    yield `${name} has an HTTP or TCP check and networks`;
  const sharesCgroups = task.container?.linuxInfo?.shareCgroups ?? true;
  if (sharesCgroups && Object.keys(task.limits).length > 0) yield `${name} has limits and shares its cgroups`;
}
