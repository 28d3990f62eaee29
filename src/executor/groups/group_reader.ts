import type { ExecutorInfo, TaskInfo } from "../../mesos/protocol.ts";
import { createGroupName, groupLabel } from "../container/identity.ts";
import type { ResolvedGroup, ResolvedMember, ResolvedTask } from "../desk/task_desk.ts";
import { toFault } from "../task/engine_fault.ts";
import type { EngineFault } from "../task/report.ts";
import { TaskError } from "../task/task_error.ts";
import type { TaskSpec } from "../task/task_spec.ts";
import { OfferedPorts } from "../translation/offered_ports.ts";
import { readExecutorNetwork } from "./executor_network.ts";
import { withContainerAddress } from "./joining.ts";
import { refuseInGroup } from "./member_rules.ts";
import { type Pooled, poolTasks } from "./pool.ts";

/** What a group is read with. */
export interface GroupPlace {
  groupId: string;
  executorInfo: ExecutorInfo;
  /** Of the agent: what a container in the host's network has. */
  hostAddress: string;
  /** Reads a task by itself; throws {@link TaskError}. */
  readMember: (task: TaskInfo) => { spec: TaskSpec; name: string };
  toLabels: (taskId: string) => Readonly<Record<string, string>>;
}

/** Reads the tasks of a group, and puts together what they share. */
export function readGroup(tasks: readonly TaskInfo[], place: GroupPlace): ResolvedGroup {
  const members = tasks.map((task) => readMember(task, place));
  const read = members.flatMap(({ resolved }) => (resolved.kind === "task" ? [resolved.task] : []));
  // One that cannot be run ends the group: what they share is of no use to anybody.
  if (read.length < members.length) return { members };
  const pooled = pool(tasks, read, place);
  if (pooled.kind === "fault") {
    const { taskId, fault } = pooled;
    return {
      members: members.map((one) => (one.taskId === taskId ? { taskId, resolved: { kind: "fault", fault } } : one)),
    };
  }
  const { infra, members: specs } = pooled.pool;
  return {
    members: read.map((task, index) => {
      const spec = toReachable(specs[index] ?? task.spec, place.hostAddress);
      return { taskId: spec.taskId, resolved: { kind: "task", task: { ...task, spec } } };
    }),
    ...(infra ? { infra: toTask({ spec: infra, name: createGroupName(place.groupId) }, place) } : {}),
  };
}

function readMember(task: TaskInfo, place: GroupPlace): ResolvedMember {
  const taskId = task.taskId?.value ?? "";
  try {
    refuseInGroup(task);
    return { taskId, resolved: { kind: "task", task: toTask(place.readMember(task), place) } };
  } catch (error) {
    return { taskId, resolved: { kind: "fault", fault: toTaskFault(error) } };
  }
}

function toTask(read: { spec: TaskSpec; name: string }, { groupId, toLabels }: GroupPlace): ResolvedTask {
  return { ...read, labels: { ...toLabels(read.spec.taskId), [groupLabel]: groupId }, groupId };
}

/** What is wrong with the executor's own network is told of the first task, and ends the others. */
function pool(tasks: readonly TaskInfo[], read: readonly ResolvedTask[], place: GroupPlace): Pooled {
  const specs = read.map(({ spec }) => spec);
  try {
    const offered = [place.executorInfo, ...tasks].map((one) => new OfferedPorts(one));
    return poolTasks(place.groupId, specs, readExecutorNetwork(place.executorInfo, offered));
  } catch (error) {
    return { kind: "fault", taskId: specs[0]?.taskId ?? "", fault: toTaskFault(error) };
  }
}

/** Errors of other kinds are ours, and thrown on. */
function toTaskFault(error: unknown): EngineFault {
  if (!(error instanceof TaskError)) throw error;
  return toFault(error, "invalid");
}

function toReachable(spec: TaskSpec, hostAddress: string): TaskSpec {
  return spec.container.HostConfig?.NetworkMode === "host" ? withContainerAddress(spec, hostAddress) : spec;
}
