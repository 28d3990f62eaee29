import type { Engine } from "../../docker/mod.ts";
import { TaskError } from "../task/task_error.ts";
import type { TaskState } from "../task/task_state.ts";
import type { ControlPort, TaskOverview } from "./control.ts";

/** What can be asked about an executor's tasks, by what its loop knows of them. */
export function createTaskControl(tasks: () => ReadonlyMap<string, TaskState>, engine: Engine): ControlPort {
  return {
    listTasks: () => [...tasks()].map(([taskId, state]) => toOverview(taskId, state)),
    signalTask: async (taskId, name) => {
      const phase = tasks().get(taskId)?.phase;
      if (phase?.kind !== "running" && phase?.kind !== "stopping") {
        const found = phase ? `its phase is ${phase.kind}` : "there is none of that id";
        throw new TaskError("invalid", `Cannot send a signal to task "${taskId}": ${found}`);
      }
      await engine.killContainer(phase.containerId, { killSignal: name });
    },
  };
}

function toOverview(task: string, { phase }: TaskState): TaskOverview {
  return { task, phase: phase.kind, ...("containerId" in phase ? { containerId: phase.containerId } : {}) };
}
