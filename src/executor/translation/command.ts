import type { TaskInfo } from "../../mesos/protocol.ts";
import { TaskError } from "../task_error.ts";
import type { TaskDocument } from "./document.ts";

/** What replaces the image's ENTRYPOINT and CMD; nothing given leaves both as they are. */
export interface ContainerCommand {
  entrypoint?: readonly string[];
  command?: readonly string[];
}

/** The command from TaskInfo.command when it states one, else from the document, else from argv (architecture, §4). */
export function toCommand(task: TaskInfo, document: Partial<TaskDocument>, args: readonly string[]): ContainerCommand {
  const stated = task.command && fromCommandInfo(task.command);
  if (stated?.command) return stated;
  const { entrypoint, command } = document;
  if (entrypoint || command) return { ...(entrypoint ? { entrypoint } : {}), ...(command ? { command } : {}) };
  return args.length > 0 ? { command: args } : {};
}

/** A shell line goes to /bin/sh; otherwise value and arguments go to the image's ENTRYPOINT (contract B.1). */
function fromCommandInfo(info: NonNullable<TaskInfo["command"]>): ContainerCommand {
  if (info.shell) {
    if (!info.value) throw new TaskError("invalid", "Shell specified but no command value provided");
    return { entrypoint: ["/bin/sh"], command: ["-c", info.value] };
  }
  const command = info.value ? [info.value, ...info.arguments] : info.arguments;
  return command.length > 0 ? { command } : {};
}
