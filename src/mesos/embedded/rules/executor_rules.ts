import { type ContainerInfo, ContainerInfo_Type, type ExecutorInfo, ExecutorInfo_Type } from "../../protocol.ts";
import { commandFaults } from "./command_rules.ts";
import { idFaults } from "./id_rules.ts";

/** What a master finds wrong with a custom executor (contract A.13). */
export function* executorFaults(executor: ExecutorInfo, frameworkId: string): Generator<string> {
  yield* idFaults("executor id", executor.executorId?.value);
  if (executor.frameworkId && executor.frameworkId.value !== frameworkId) {
    yield `its executor's framework_id is "${executor.frameworkId.value}", expected "${frameworkId}"`;
  }
  if (executor.command) yield* commandFaults("its executor", executor.command);
  else if (executor.type !== ExecutorInfo_Type.DEFAULT) yield "its executor has no command";
  if (executor.command?.value === "") yield "its executor's command has no value";
  if ((executor.shutdownGracePeriod?.nanoseconds ?? 0n) < 0n) yield "its executor's shutdown_grace_period is negative";
}

/** What a real agent would do with an executor and this one cannot, or undefined. */
export function findUnsupported(executor: ExecutorInfo): string | undefined {
  if (executor.type === ExecutorInfo_Type.DEFAULT) return "its executor has the type DEFAULT, and there is none here";
  if (executor.container && !saysNetworkOnly(executor.container)) {
    return "its executor has a container, and executors run on the host here";
  }
  return undefined;
}

/** A custom executor may make the network of its task groups from what its own container's says: that asks nothing here. */
function saysNetworkOnly({ type, docker, mesos, volumes, linuxInfo, rlimitInfo, ttyInfo }: ContainerInfo): boolean {
  const others = [docker, mesos?.image, linuxInfo, rlimitInfo, ttyInfo, ...volumes];
  return type === ContainerInfo_Type.MESOS && others.every((one) => one === undefined);
}
