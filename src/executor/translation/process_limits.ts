import { type ContainerInfo, type RLimitInfo, RLimitInfo_RLimit_Type } from "../../mesos/protocol.ts";
import { TaskError } from "../task/task_error.ts";
import type { WindowSize } from "../task/task_spec.ts";
import type { ContainerDraft } from "./container_draft.ts";

/** What the daemon calls no limit. */
const unlimited = -1;

const prefix = "RLMT_";

const names: ReadonlyMap<number, string> = new Map(
  Object.entries(RLimitInfo_RLimit_Type).map(([name, number]) => [number, name.slice(prefix.length).toLowerCase()]),
);

/** Limits of the container's processes: both of soft and hard, or none for no limit (RLimitInfo). */
export function draftProcessLimits(container: ContainerInfo | undefined, draft: ContainerDraft): void {
  const limits = container?.rlimitInfo?.rlimits ?? [];
  draft.host.add("Ulimits", limits.map(toUlimit), "container.rlimit_info");
}

function toUlimit(limit: RLimitInfo["rlimits"][number]) {
  const { type } = limit;
  const name = names.get(type);
  if (type === RLimitInfo_RLimit_Type.UNKNOWN || name === undefined) {
    throw new TaskError("invalid", "Cannot use container.rlimit_info: a limit has no type that is known");
  }
  const isSaid = (key: "soft" | "hard") => Object.hasOwn(limit, key);
  if (isSaid("soft") !== isSaid("hard")) {
    throw new TaskError("invalid", `Cannot use container.rlimit_info: ${name} needs both of soft and hard, or none`);
  }
  if (!isSaid("soft")) return { Name: name, Soft: unlimited, Hard: unlimited };
  const { soft, hard } = limit;
  if (soft > hard) {
    throw new TaskError("invalid", `Cannot use container.rlimit_info: ${name} has soft ${soft} above hard ${hard}`);
  }
  return { Name: name, Soft: toNumber(soft), Hard: toNumber(hard) };
}

/** RLIM_INFINITY and its neighbours, which no number of ours holds, are no limit either. */
function toNumber(value: bigint): number {
  return value > BigInt(Number.MAX_SAFE_INTEGER) ? unlimited : Number(value);
}

/** A terminal, when the task asks for one; gives its size. */
export function draftTerminal(container: ContainerInfo | undefined, draft: ContainerDraft): WindowSize | undefined {
  const tty = container?.ttyInfo;
  if (!tty) return undefined;
  draft.config.set("Tty", true, "container.tty_info");
  return tty.windowSize && { rows: tty.windowSize.rows, columns: tty.windowSize.columns };
}
