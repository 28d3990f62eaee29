import type { StatusReport } from "../../mesos/executor_connection.ts";
import {
  CheckInfo_Type,
  TaskState as MesosState,
  NetworkInfo_Protocol,
  TaskStatus_Reason,
  Value_Type,
} from "../../mesos/protocol.ts";
import type { CheckResult } from "../checks/check_spec.ts";
import type { ContainerEnd } from "../reaping/keep_policy.ts";
import { describeExit } from "./exit_status.ts";
import { hideSecrets } from "./redaction.ts";
import type { TaskErrorCode } from "./task_error.ts";
import type { ResourceAmounts, TaskSpec } from "./task_spec.ts";
import type { ContainerExit, StartedContainer, Stop, StopReason } from "./task_state.ts";

/** Why the daemon did not do what was asked: its own words, or ours when it said nothing. */
export interface EngineFault {
  code: TaskErrorCode;
  message: string;
}

/** What reports need of a task. */
type ReportedSpec = Pick<TaskSpec, "amounts" | "secrets">;

const stopPhrases: Readonly<Record<StopReason, string>> = {
  kill: "killed on request",
  shutdown: "killed because the executor shuts down",
  agent_lost: "killed because the agent is lost",
  disk_limit: "killed because it used more disk than it has",
  max_completion: "killed because it did not complete in its max_completion_time",
  unhealthy: "killed because its health check failed",
  group: "killed because another task of its group failed or was killed",
  group_lost: "killed because the container that held its group's network ended",
};

const mebibyte = 2 ** 20;

/** LAUNCH was received; the image may still have to be fetched. */
export function reportStarting(): StatusReport {
  return { state: MesosState.TASK_STARTING };
}

/** The container runs. `data` is a JSON array of one inspection, which service discovery reads (contract B.6). */
export function reportRunning(
  container: StartedContainer,
  spec: Pick<TaskSpec, "networkInfo" | "secrets">,
): StatusReport {
  const { networkInfo, secrets } = spec;
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
    data: new TextEncoder().encode(
      JSON.stringify([container.inspection], (key, value) => (key === "Env" ? hideVariables(value, secrets) : value)),
    ),
    ...(ipAddresses.length > 0 ? { containerStatus: { networkInfos: [network] } } : {}),
  };
}

/** Of a container's description, variables are what holds secrets; a short one may stand anywhere else by chance. */
function hideVariables(value: unknown, secrets: readonly string[]): unknown {
  if (!Array.isArray(value)) return value;
  return value.map((entry) => (typeof entry === "string" ? hideSecrets(entry, secrets) : entry));
}

/** The daemon is being told to stop the container. */
export function reportKilling(): StatusReport {
  return { state: MesosState.TASK_KILLING };
}

/** A check has found something else: what was told last, with the new result (contract C.3). */
export function reportChecked(told: StatusReport, result: CheckResult): StatusReport {
  const { message: _message, ...rest } = told;
  return { ...rest, reason: TaskStatus_Reason.TASK_CHECK_STATUS_UPDATED, checkStatus: toCheckStatus(result) };
}

/** A health check has something to tell: what was told last, with that. The message says what a failure was. */
export function reportHealth(told: StatusReport, verdict: "healthy" | "unhealthy", why: string): StatusReport {
  const { message: _message, ...rest } = told;
  const healthy = verdict === "healthy";
  const message = healthy ? {} : { message: `Health check failed: ${why}` };
  return { ...rest, healthy, reason: TaskStatus_Reason.TASK_HEALTH_CHECK_STATUS_UPDATED, ...message };
}

/** Type and sub-message together, empty when there is no result: an agent refuses the one without the other (contract A.8). */
export function toCheckStatus(result: CheckResult): NonNullable<StatusReport["checkStatus"]> {
  switch (result.kind) {
    case "command": {
      const { exitCode } = result;
      return { type: CheckInfo_Type.COMMAND, command: exitCode === undefined ? {} : { exitCode } };
    }
    case "http": {
      const { statusCode } = result;
      return { type: CheckInfo_Type.HTTP, http: statusCode === undefined ? {} : { statusCode } };
    }
    case "tcp": {
      const { succeeded } = result;
      return { type: CheckInfo_Type.TCP, tcp: succeeded === undefined ? {} : { succeeded } };
    }
  }
}

/** Whether a report is TASK_KILLING, which only some frameworks know. */
export function isKilling(report: StatusReport): boolean {
  return report.state === MesosState.TASK_KILLING;
}

/**
 * The container ended. Labels `exit_code` and `oom_killed` say how, so that nobody has to read the message for it; the
 * message of a failure ends with the last lines of stderr. A limit that the task went beyond is named by reason and
 * `limitation`.
 */
export function reportExit(exit: ContainerExit, stop: Stop | undefined, spec: ReportedSpec): StatusReport {
  const labels = toExitLabels(exit);
  const message = describeExit(exit.status);
  if (stop) return { ...reportStopped(message, stop, spec), labels };
  if (exit.cause === "out_of_memory") {
    return { ...reportLimit("mem", spec.amounts), message: `${message}: ${describeMemory(spec)}`, labels };
  }
  if (exit.status === 0) return { state: MesosState.TASK_FINISHED, message, labels };
  return { state: MesosState.TASK_FAILED, message: `${message}${describeTail(exit, spec)}`, labels };
}

/** What the terminal status of a task says of its container. */
export function toContainerEnd({ state }: StatusReport): ContainerEnd {
  if (state === MesosState.TASK_FINISHED) return "well";
  return state === MesosState.TASK_KILLED ? "on request" : "badly";
}

function toExitLabels(exit: ContainerExit): NonNullable<StatusReport["labels"]> {
  return {
    labels: [
      { key: "exit_code", value: String(exit.status) },
      { key: "oom_killed", value: String(exit.cause === "out_of_memory") },
    ],
  };
}

/** TASK_FAILED with the resource that the task used more of than it has. */
function reportLimit(name: "mem" | "disk", amounts: ResourceAmounts): StatusReport {
  const value = name === "mem" ? amounts.memoryMb : amounts.diskMb;
  const { CONTAINER_LIMITATION_MEMORY, CONTAINER_LIMITATION_DISK } = TaskStatus_Reason;
  return {
    state: MesosState.TASK_FAILED,
    reason: name === "mem" ? CONTAINER_LIMITATION_MEMORY : CONTAINER_LIMITATION_DISK,
    ...(value === undefined
      ? {}
      : { limitation: { resources: [{ name, type: Value_Type.SCALAR, scalar: { value } }] } }),
  };
}

function describeMemory({ amounts }: ReportedSpec): string {
  return amounts.memoryMb === undefined
    ? "it was out of memory"
    : `it was out of memory, its limit is ${amounts.memoryMb} MB`;
}

function describeDisk({ usedBytes = 0 }: Stop, { amounts }: ReportedSpec): string {
  return `it used ${Math.ceil(usedBytes / mebibyte)} MB of disk, its limit is ${amounts.diskMb} MB`;
}

/** What a container says of itself may hold what must not be told. */
function describeTail({ stderrTail }: ContainerExit, { secrets }: ReportedSpec): string {
  return stderrTail === "" ? "" : `; stderr ends with:\n${hideSecrets(stderrTail, secrets)}`;
}

/** The end of a task that was stopped; `found` is what is known of its container. */
function reportStopped(found: string, stop: Stop, spec: ReportedSpec): StatusReport {
  if (stop.reason === "disk_limit") {
    return { ...reportLimit("disk", spec.amounts), message: `${found}: ${describeDisk(stop, spec)}` };
  }
  const why = stop.why === undefined ? "" : `: ${hideSecrets(stop.why, spec.secrets)}`;
  return { ...toStoppedState(stop.reason), message: `${found}, ${stopPhrases[stop.reason]}${why}` };
}

/** A wish ends in TASK_KILLED; a time that is over is the task's own failure (contract B.6), and a loss is nobody's wish. */
function toStoppedState(reason: StopReason): StatusReport {
  if (reason === "unhealthy") return { state: MesosState.TASK_KILLED, healthy: false };
  if (reason === "group_lost") return { state: MesosState.TASK_FAILED };
  if (reason !== "max_completion") return { state: MesosState.TASK_KILLED };
  return { state: MesosState.TASK_FAILED, reason: TaskStatus_Reason.MAX_COMPLETION_TIME_REACHED };
}

/** The task ended before its container ran. */
export function reportKilledBeforeStart(reason: StopReason): StatusReport {
  return { ...toStoppedState(reason), message: `Container not started, ${stopPhrases[reason]}` };
}

/** The container was being stopped, and how it ended cannot be learnt. */
export function reportKilledUnseen(fault: EngineFault, stop: Stop, spec: ReportedSpec): StatusReport {
  return reportStopped(fault.message, stop, spec);
}

/** The task could not be run, or its end could not be learnt. */
export function reportFault(fault: EngineFault): StatusReport {
  switch (fault.code) {
    case "unsupported":
      return { state: MesosState.TASK_ERROR, reason: TaskStatus_Reason.TASK_INVALID, message: fault.message };
    case "denied":
      return { state: MesosState.TASK_ERROR, reason: TaskStatus_Reason.TASK_UNAUTHORIZED, message: fault.message };
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
