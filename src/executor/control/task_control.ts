import type { Engine } from "../../docker/mod.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { TaskWork } from "../crew.ts";
import { readTaskStatistics } from "../statistics/task_statistics.ts";
import { TaskError } from "../task/task_error.ts";
import type { TaskState } from "../task/task_state.ts";
import type { ControlPort, TaskOverview } from "./control.ts";

/** What questions about tasks are answered from. */
export interface TaskControlParts {
  tasks: () => ReadonlyMap<string, TaskState>;
  /** See `TaskCrew`. */
  workOf: (taskId: string) => TaskWork | undefined;
  engine: Engine;
  clock: Clock;
}

/** What can be asked about an executor's tasks, by what its loop knows of them. */
export function createTaskControl({ tasks, workOf, engine, clock }: TaskControlParts): ControlPort {
  return {
    listTasks: () => [...tasks()].map(([taskId, state]) => toOverview(taskId, state)),
    signalTask: async (taskId, name) => {
      const { containerId } = requireContainer(tasks(), taskId, "send a signal to");
      await engine.killContainer(containerId, { killSignal: name });
    },
    measureTask: (taskId) => {
      const { spec } = requireContainer(tasks(), taskId, "measure");
      const cannot = (found: string) => new TaskError("invalid", `Cannot measure task "${taskId}": ${found}`);
      const first = workOf(taskId)?.process;
      if (!first) throw cannot("the processes of its container are not known here");
      const network = spec.container.HostConfig?.NetworkMode === "host" ? "host" : "own";
      const found = readTaskStatistics(first.pid, { nowMs: clock.now(), network });
      if (!found) throw cannot("its container has ended");
      return found;
    },
    followPull: (taskId) => {
      const state = tasks().get(taskId);
      const pull = workOf(taskId)?.pull;
      if (state && pull) return { phase: state.phase.kind, ...pull, layers: [...pull.layers] };
      const found = state ? "nothing had to be pulled for it, or it has ended" : unknownTask;
      throw new TaskError("invalid", `Cannot follow the pull of task "${taskId}": ${found}`);
    },
  };
}

const unknownTask = "there is none of that id";

/** A task whose container runs; throws {@link TaskError} for any other. */
function requireContainer(
  tasks: ReadonlyMap<string, TaskState>,
  taskId: string,
  action: string,
): { containerId: string; spec: TaskState["spec"] } {
  const state = tasks.get(taskId);
  const phase = state?.phase;
  if (state && (phase?.kind === "running" || phase?.kind === "stopping")) {
    return { containerId: phase.containerId, spec: state.spec };
  }
  const found = phase ? `its phase is ${phase.kind}` : unknownTask;
  throw new TaskError("invalid", `Cannot ${action} task "${taskId}": ${found}`);
}

function toOverview(task: string, { phase }: TaskState): TaskOverview {
  return { task, phase: phase.kind, ...("containerId" in phase ? { containerId: phase.containerId } : {}) };
}
