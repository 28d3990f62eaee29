import { formatDuration } from "../../../notation/duration.ts";
import { TaskState, TaskStatus_Reason, TaskStatus_Source } from "../../protocol.ts";
import { type AgentCore, allExecutors } from "./core.ts";
import { destroy } from "./ending.ts";
import { type ExecutorRecord, toKnownState } from "./records.ts";

/**
 * The agent's process ends: its timers and what it had not yet sent are gone, executors live on. Recovered ones are
 * `registering` until they subscribe again, as an agent has them after its restart; it does not remember either
 * whom it had told to shut down.
 */
export function forgetProcess(core: AgentCore): void {
  core.acknowledgements.forget();
  for (const executor of allExecutors(core)) {
    executor.registration?.cancel();
    executor.grace?.cancel();
    delete executor.stream;
    executor.state = "registering";
  }
}

/** Containers of frameworks without checkpointing were not recorded, so a recovering agent destroys them as orphans. */
export function destroyOrphans(core: AgentCore): void {
  for (const executor of allExecutors(core)) {
    if (executor.framework.info.checkpoint) continue;
    destroy(executor, {
      state: toKnownState(executor.framework, TaskState.TASK_GONE),
      reason: TaskStatus_Reason.AGENT_DISCONNECTED,
      message: `Agent ${core.agentInfo.hostname} disconnected`,
      source: TaskStatus_Source.MASTER,
    });
  }
}

/** The agent learns who ended while it was away. */
export function learnEnds(core: AgentCore): void {
  for (const learn of core.unseenEnds.splice(0)) learn();
}

/** The time to subscribe again is over: who has not, is destroyed (contract A.10). */
export function destroyUnregistered(core: AgentCore): void {
  const timeout = formatDuration(core.settings.reregistrationTimeoutMs);
  for (const executor of allExecutors(core)) {
    if (executor.state === "registering") destroy(executor, toLateFate(executor, timeout));
  }
}

function toLateFate(executor: ExecutorRecord, timeout: string) {
  return {
    state: toKnownState(executor.framework, TaskState.TASK_GONE),
    reason: TaskStatus_Reason.EXECUTOR_REREGISTRATION_TIMEOUT,
    message: `Executor did not reregister within ${timeout}`,
  };
}
