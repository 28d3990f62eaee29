import type { Labels } from "../../mesos/protocol.ts";
import { TaskError } from "../task/task_error.ts";
import { labelPrefix } from "./carriers/labels.ts";
import type { ContainerDraft } from "./container_draft.ts";

/** Labels by which we find containers again begin with it. */
const ownPrefix = "mesos-docker.";

/** The task's labels are the container's too; those that speak to this program have been heard. */
export function draftLabels(labels: Labels | undefined, { config }: ContainerDraft): void {
  for (const { key, value } of labels?.labels ?? []) {
    if (key.startsWith(labelPrefix)) continue;
    if (key.startsWith(ownPrefix)) {
      throw new TaskError("invalid", `Cannot use TaskInfo.labels: "${key}" is a name of mesos-docker's own labels`);
    }
    config.put("Labels", key, value, "TaskInfo.labels");
  }
}
