import { type ContainerInfo, ContainerInfo_Type, type TaskInfo } from "../../protocol.ts";
import { readAmounts, toThousandths } from "../offers/amounts.ts";
import { checkFaults, healthCheckFaults } from "./check_rules.ts";
import { commandFaults } from "./command_rules.ts";
import { idFaults } from "./id_rules.ts";

/** What a master finds wrong with a task by itself (contract A.13); its executor is judged by {@link executorFaults}. */
export function* taskFaults(task: TaskInfo): Generator<string> {
  yield* idFaults("task id", task.taskId?.value);
  if (task.resources.length === 0) yield "it uses no resources";
  const own = [...task.resources, ...(task.executor?.resources ?? [])];
  const roles = new Set(own.flatMap(({ allocationInfo }) => allocationInfo?.role ?? []));
  if (roles.size > 1) yield `its resources are allocated to several roles: ${[...roles].join(", ")}`;
  yield* limitFaults(task);
  if (task.command) yield* commandFaults("its command", task.command);
  if (task.container) yield* containerFaults("its container", task.container);
  if (task.healthCheck) yield* healthCheckFaults(task.healthCheck);
  if (task.check) yield* checkFaults(task.check);
  if ((task.maxCompletionTime?.nanoseconds ?? 0n) < 0n) yield "its max_completion_time is negative";
  if ((task.killPolicy?.gracePeriod?.nanoseconds ?? 0n) < 0n) yield "its kill_policy.grace_period is negative";
}

/** What a master finds wrong with a container (contract A.13). */
export function* containerFaults(what: string, container: ContainerInfo): Generator<string> {
  if (container.type === ContainerInfo_Type.DOCKER && !container.docker) yield `${what} of type DOCKER has no docker`;
  if (container.type === ContainerInfo_Type.MESOS && container.docker) yield `${what} of type MESOS has docker`;
  const names = container.docker?.parameters.filter(({ key }) => key === "name") ?? [];
  if (names.length > 0) yield `${what} has a parameter "name", which belongs to the agent`;
  for (const volume of container.volumes) {
    const sources = [volume.hostPath || undefined, volume.image, volume.source].filter(
      (source) => source !== undefined,
    );
    if (sources.length === 1) continue;
    yield `${what}'s volume "${volume.containerPath}" has ${sources.length} of host_path, image and source, expected one`;
  }
}

/** Limits exist for cpus and mem alone and lie above the request; whole gpus (contract A.13, C.5). */
function* limitFaults(task: TaskInfo): Generator<string> {
  const { scalars } = readAmounts(task.resources);
  if ((scalars.get("gpus") ?? 0) % 1000 !== 0) yield "its gpus are not a whole number";
  for (const [name, { value }] of Object.entries(task.limits)) {
    if (name !== "cpus" && name !== "mem") yield `it limits ${name}; only cpus and mem may be limited`;
    const asked = scalars.get(name) ?? 0;
    if (toThousandths(value) < asked) yield `its limit of ${value} ${name} is below its request of ${asked / 1000}`;
  }
}
