import type { CommandInfo } from "../../mesos/protocol.ts";
import { TaskError } from "../task/task_error.ts";
import type { ContainerDraft } from "./container_draft.ts";
import type { Statement } from "./statement.ts";

const shell = ["/bin/sh"];

/** A command from TaskInfo.command when it states one (contract B.1): what no other carrier can change. */
export function toStatedCommand(info: CommandInfo | undefined): Statement {
  const source = "TaskInfo.command";
  if (!info) return { source };
  const user = info.user ? { user: info.user } : {};
  if (info.shell) {
    if (!info.value) throw new TaskError("invalid", "Shell specified but no command value provided");
    return { source, ...user, command: info.value };
  }
  const command = info.value ? [info.value, ...info.arguments] : info.arguments;
  return { source, ...user, ...(command.length > 0 ? { command } : {}) };
}

/** Whether a carrier says what to run in the image. */
export function statesCommand({ command, args, entrypoint }: Statement): boolean {
  return command !== undefined || entrypoint !== undefined || (args?.length ?? 0) > 0;
}

/** A line goes to /bin/sh, which replaces the image's ENTRYPOINT; words go to the image's own (contract B.1). */
export function draftCommand({ command, args = [], entrypoint, source }: Statement, { config }: ContainerDraft): void {
  if (typeof command === "string" && entrypoint) {
    const found = "a command that is a line is run by /bin/sh; give the command as a list of words";
    throw new TaskError("invalid", `Cannot use entrypoint (${source}): ${found}`);
  }
  if (entrypoint) config.set("Entrypoint", entrypoint, source);
  if (typeof command === "string") {
    config.set("Entrypoint", shell, source);
    config.set("Cmd", ["-c", command, ...args], source);
    return;
  }
  const words = [...(command ?? []), ...args];
  if (words.length > 0) config.set("Cmd", words, source);
}
