import type { StatusReport } from "../mesos/executor_connection.ts";
import {
  TaskState as MesosState,
  type NetworkInfo,
  NetworkInfo_Protocol,
  TaskStatus_Reason,
} from "../mesos/protocol.ts";
import { describeExit } from "./exit_status.ts";
import type { TaskErrorCode } from "./task_error.ts";
import type { ContainerExit, StartedContainer, StopReason } from "./task_state.ts";

/** Why the daemon did not do what was asked: its own words, or ours when it said nothing. */
export interface EngineFault {
  code: TaskErrorCode;
  message: string;
}

const stopPhrases: Readonly<Record<StopReason, string>> = {
  kill: "killed on request",
  shutdown: "killed because the executor shuts down",
  agent_lost: "killed because the agent is lost",
};

/** LAUNCH was received; the image may still have to be fetched. */
export function reportStarting(): StatusReport {
  return { state: MesosState.TASK_STARTING };
}

/** The container runs. `data` is a JSON array of one inspection, which service discovery reads (contract B.6). */
export function reportRunning(container: StartedContainer, networkInfo: NetworkInfo | undefined): StatusReport {
  const ipAddresses = container.addresses.map(({ address, family }) => ({
    ipAddress: address,
    protocol: family === "ipv4" ? NetworkInfo_Protocol.IPv4 : NetworkInfo_Protocol.IPv6,
  }));
  const network = {
    ipAddresses,
    ...(networkInfo?.name ? { name: networkInfo.name } : {}),
    ...(networkInfo?.labels ? { labels: networkInfo.labels } : {}),
  };
  return {
    state: MesosState.TASK_RUNNING,
    data: new TextEncoder().encode(JSON.stringify([container.inspection])),
    ...(ipAddresses.length > 0 ? { containerStatus: { networkInfos: [network] } } : {}),
  };
}

/** The daemon is being told to stop the container. */
export function reportKilling(): StatusReport {
  return { state: MesosState.TASK_KILLING };
}

/** Whether a report is TASK_KILLING, which only some frameworks know. */
export function isKilling(report: StatusReport): boolean {
  return report.state === MesosState.TASK_KILLING;
}

/** The container ended. Its exit status stands in label `exit_code`, so that nobody has to read the message for it. */
export function reportExit(exit: ContainerExit, stop: StopReason | undefined): StatusReport {
  const labels = { labels: [{ key: "exit_code", value: String(exit.status) }] };
  const message = describeExit(exit.status);
  if (stop) return { state: MesosState.TASK_KILLED, message: `${message}, ${stopPhrases[stop]}`, labels };
  if (exit.cause === "out_of_memory") {
    return {
      state: MesosState.TASK_FAILED,
      reason: TaskStatus_Reason.CONTAINER_LIMITATION_MEMORY,
      message: `${message}: it was out of memory`,
      labels,
    };
  }
  return { state: exit.status === 0 ? MesosState.TASK_FINISHED : MesosState.TASK_FAILED, message, labels };
}

/** The task ended before its container ran. */
export function reportKilledBeforeStart(stop: StopReason): StatusReport {
  return { state: MesosState.TASK_KILLED, message: `Container not started, ${stopPhrases[stop]}` };
}

/** The container was being stopped, and how it ended cannot be learnt. */
export function reportKilledUnseen(fault: EngineFault, stop: StopReason): StatusReport {
  return { state: MesosState.TASK_KILLED, message: `${fault.message}, ${stopPhrases[stop]}` };
}

/** The task could not be run, or its end could not be learnt. */
export function reportFault(fault: EngineFault): StatusReport {
  switch (fault.code) {
    case "unsupported":
      return { state: MesosState.TASK_ERROR, reason: TaskStatus_Reason.TASK_INVALID, message: fault.message };
    case "invalid":
      return { state: MesosState.TASK_FAILED, reason: TaskStatus_Reason.TASK_INVALID, message: fault.message };
    case "image":
    case "launch":
      return {
        state: MesosState.TASK_FAILED,
        reason: TaskStatus_Reason.CONTAINER_LAUNCH_FAILED,
        message: fault.message,
      };
    case "lost":
      return { state: MesosState.TASK_FAILED, message: fault.message };
  }
}
