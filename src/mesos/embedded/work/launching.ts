import { messageOf } from "../../../notation/thrown.ts";
import { type ExecutorInfo, type Resource, type TaskInfo, TaskState, TaskStatus_Reason } from "../../protocol.ts";
import { isTerminalState } from "../../terminal_state.ts";
import { EmbeddedAgentError } from "../embedded_error.ts";
import { type ExecutorInit, fieldsOf, isSameExecutor, type TaskInit, toExecutor, toTask } from "../messages.ts";
import { executorFaults, findUnsupported } from "../rules/executor_rules.ts";
import { groupFaults, minimumFaults } from "../rules/group_rules.ts";
import { taskFaults } from "../rules/task_rules.ts";
import { reportTask } from "../statuses/updates.ts";
import { type AgentCore, checkRunning, findFramework } from "./core.ts";
import { deliver, tasksOf } from "./delivery.ts";
import { type Delivery, type ExecutorRecord, type FrameworkRecord, type TaskRecord, toKnownState } from "./records.ts";
import { startExecutor } from "./starting.ts";

/** Launches a task (LAUNCH); throws what a master would answer with TASK_ERROR. */
export function launchTask(core: AgentCore, frameworkId: string, init: TaskInit): void {
  const action = `launch task "${init.taskId?.value}"`;
  checkRunning(core, action);
  const framework = findFramework(core, frameworkId);
  const task = prepareTask(core, framework, action, init, init.executor);
  const executor = requireExecutor(action, task);
  refuse(action, [...taskFaults(task), ...executorFaults(executor, framework.id)]);
  for (const warning of minimumFaults(executor)) core.settings.log.warn("small executor", { warning });
  enlist(core, framework, action, executor, [task], (record) => ({ kind: "task", task: record }));
}

/** Launches tasks that are delivered together (LAUNCH_GROUP); throws what a master would answer with TASK_ERROR. */
export function launchTaskGroup(
  core: AgentCore,
  frameworkId: string,
  executorInit: ExecutorInit,
  inits: readonly TaskInit[],
): void {
  const action = `launch task group of executor "${executorInit.executorId?.value}"`;
  checkRunning(core, action);
  const framework = findFramework(core, frameworkId);
  const executor = guard(action, () => toExecutor({ ...fieldsOf(executorInit), frameworkId: { value: framework.id } }));
  const tasks = inits.map((init) => {
    const differs = init.executor && !isSameExecutor(withFramework(init.executor, framework), executor);
    if (differs) throw invalid(action, [`its task "${init.taskId?.value}" names another executor`]);
    return prepareTask(core, framework, action, init, executor);
  });
  refuse(action, [
    ...executorFaults(executor, framework.id),
    ...groupFaults(executor, tasks),
    ...tasks.flatMap((task) => [...taskFaults(task)]),
  ]);
  enlist(core, framework, action, executor, tasks, (...members) => ({ kind: "group", tasks: members }));
}

/** The task as its executor will get it: with the agent's id and the framework's in its executor, as masters fill in. */
function prepareTask(
  core: AgentCore,
  framework: FrameworkRecord,
  action: string,
  init: TaskInit,
  executor: ExecutorInit | undefined,
): TaskInfo {
  const agentId = core.agentInfo.id?.value ?? "";
  const named = init.agentId?.value ?? agentId;
  if (named !== agentId) throw invalid(action, [`its agent_id is "${named}", expected "${agentId}"`]);
  const filled = executor ? { executor: withFramework(executor, framework) } : {};
  return guard(action, () => toTask({ ...fieldsOf(init), agentId: { value: agentId }, ...filled }));
}

function withFramework(executor: ExecutorInit, framework: FrameworkRecord): ExecutorInit {
  return { ...fieldsOf(executor), frameworkId: executor.frameworkId ?? { value: framework.id } };
}

/** Books the resources, finds or starts the executor, and hands the tasks over. */
function enlist(
  core: AgentCore,
  framework: FrameworkRecord,
  action: string,
  info: ExecutorInfo,
  tasks: readonly TaskInfo[],
  toDelivery: (first: TaskRecord, ...others: TaskRecord[]) => Delivery,
): void {
  const present = framework.executors.get(info.executorId?.value ?? "");
  refuse(action, [...duplicates(framework, tasks), ...mismatch(present, info)]);
  const unsupported = findUnsupported(info);
  if (unsupported) throw new EmbeddedAgentError("unsupported", `Cannot ${action}: ${unsupported}`);
  const resources: Resource[] = tasks.flatMap((task) => task.resources);
  core.ledger.use(action, present ? resources : [...resources, ...info.resources]);
  const executor = present ?? startExecutor(core, framework, info);
  const [first, ...others] = tasks.map((task) => toRecord(task, executor));
  if (!first) return;
  for (const record of [first, ...others]) framework.tasks.set(record.id, record);
  const delivery = toDelivery(first, ...others);
  if (executor.state === "terminating") refuseDelivery(core, executor, delivery);
  else deliver(core, executor, delivery);
}

/** An executor that is on its way out takes no more tasks. */
function refuseDelivery(core: AgentCore, executor: ExecutorRecord, delivery: Delivery): void {
  const state = toKnownState(executor.framework, TaskState.TASK_DROPPED);
  const fate = { state, reason: TaskStatus_Reason.EXECUTOR_TERMINATED, message: "Executor terminating" };
  for (const task of tasksOf(delivery)) reportTask(core, task, fate);
}

function toRecord(info: TaskInfo, executor: ExecutorRecord): TaskRecord {
  const id = info.taskId?.value ?? "";
  return { id, info, executor, state: TaskState.TASK_STAGING, isSent: false, received: new Set() };
}

function* duplicates(framework: FrameworkRecord, tasks: readonly TaskInfo[]): Generator<string> {
  const seen = new Set<string>();
  for (const id of tasks.map((task) => task.taskId?.value ?? "")) {
    const earlier = framework.tasks.get(id);
    if (seen.has(id) || (earlier && !isTerminalState(earlier.state))) yield `its task id "${id}" is in use`;
    seen.add(id);
  }
}

function* mismatch(present: ExecutorRecord | undefined, info: ExecutorInfo): Generator<string> {
  if (present && !isSameExecutor(present.info, info)) {
    yield `its ExecutorInfo differs from that of the running executor "${present.id}"`;
  }
}

/** A task has exactly one of command and executor (contract A.13); for a command agents start an executor of theirs. */
function requireExecutor(action: string, { command, executor }: TaskInfo): ExecutorInfo {
  if (executor && !command) return executor;
  if (executor) throw invalid(action, ["it has both command and executor"]);
  if (!command) throw invalid(action, ["it has neither command nor executor"]);
  const message = `Cannot ${action}: it has a command and no executor, and this agent has no command executor`;
  throw new EmbeddedAgentError("unsupported", message);
}

function refuse(action: string, faults: readonly string[]): void {
  if (faults.length > 0) throw invalid(action, faults);
}

function invalid(action: string, faults: readonly string[], cause?: unknown): EmbeddedAgentError {
  return new EmbeddedAgentError("invalid", `Cannot ${action}: ${faults.join("; ")}`, { cause });
}

function guard<T>(action: string, convert: () => T): T {
  try {
    return convert();
  } catch (error) {
    throw invalid(action, [messageOf(error)], error);
  }
}
