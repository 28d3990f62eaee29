import type { Labels } from "../../../mesos/protocol.ts";
import { TaskError } from "../../task/task_error.ts";
import type { Statement } from "../statement.ts";
import { readLabelFields } from "./task_document.ts";

/** Labels that speak to this program begin with it; what follows is a key of the document. */
export const labelPrefix = "mesos-docker/";

/** Keys whose values are texts as they stand; those of all others are JSON. */
const textKeys = new Set([
  "image",
  "imageArchive",
  "pull",
  "platform",
  "user",
  "workdir",
  "hostname",
  "network",
  "stopSignal",
]);

/** What labels say: `mesos-docker/image`, and `mesos-docker/<key>` for every other key of the document. */
export function readLabels(labels: Labels | undefined): Statement {
  const source = "TaskInfo.labels";
  const ours = (labels?.labels ?? []).filter(({ key }) => key.startsWith(labelPrefix));
  if (ours.length === 0) return { source };
  const fields = ours.map(({ key, value }) => [key.slice(labelPrefix.length), toValue(key, value)]);
  return readLabelFields(Object.fromEntries(fields), source);
}

/** A command that is no list in JSON is a line for the shell. */
function toValue(label: string, value: string): unknown {
  const key = label.slice(labelPrefix.length);
  if (textKeys.has(key) || (key === "command" && !value.startsWith("["))) return value;
  try {
    return JSON.parse(value);
  } catch (cause) {
    throw new TaskError("invalid", `Cannot use TaskInfo.labels: "${label}" is no JSON`, { cause });
  }
}
