import type { Engine } from "../../docker/mod.ts";
import type { Clock } from "../../runtime/clock.ts";
import { measureTask } from "../statistics/running_tasks.ts";
import { TaskError } from "../task/task_error.ts";
import type { TaskState } from "../task/task_state.ts";
import type { TaskView } from "../task_view.ts";
import type { ControlPort, TaskOverview } from "./control.ts";

/** What questions about tasks are answered from. */
export interface TaskControlParts {
  view: TaskView;
  engine: Engine;
  clock: Clock;
}

/** What can be asked about an executor's tasks, by what its loop knows of them. */
export function createTaskControl({ view, engine, clock }: TaskControlParts): ControlPort {
  const { tasks, workOf } = view;
  return {
    listTasks: () => [...tasks()].map(([taskId, state]) => toOverview(taskId, state)),
    signalTask: async (taskId, name) => {
      const { containerId } = requireContainer(tasks(), taskId, "send a signal to");
      await engine.killContainer(containerId, { killSignal: name });
    },
    measureTask: (taskId) => {
      const { state } = requireContainer(tasks(), taskId, "measure");
      const cannot = (found: string) => new TaskError("invalid", `Cannot measure task "${taskId}": ${found}`);
      const first = workOf(taskId)?.process;
      if (!first) throw cannot("the processes of its container are not known here");
      const found = measureTask(state, first.pid, clock.now());
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
): { containerId: string; state: TaskState } {
  const state = tasks.get(taskId);
  const phase = state?.phase;
  if (state && (phase?.kind === "running" || phase?.kind === "stopping")) {
    return { containerId: phase.containerId, state };
  }
  const found = phase ? `its phase is ${phase.kind}` : unknownTask;
  throw new TaskError("invalid", `Cannot ${action} task "${taskId}": ${found}`);
}

function toOverview(task: string, { phase }: TaskState): TaskOverview {
  return { task, phase: phase.kind, ...("containerId" in phase ? { containerId: phase.containerId } : {}) };
}
