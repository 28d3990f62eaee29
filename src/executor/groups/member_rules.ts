import type { TaskInfo } from "../../mesos/protocol.ts";
import { TaskError } from "../task/task_error.ts";

/**
 * What a task may say by itself and not in a group. A master lets no DockerInfo through in one (contract A.13), and an agent
 * fetches the URIs of an executor alone. Throws {@link TaskError} `unsupported`.
 */
export function refuseInGroup({ command, container }: TaskInfo): void {
  const faults = [
    ...(command?.uris.length ? ["command.uris (nobody fetches them: give them to ExecutorInfo.command)"] : []),
    ...(container?.docker ? ["container.docker (the image of a group's task is container.mesos.image)"] : []),
  ];
  if (faults.length > 0) {
    throw new TaskError("unsupported", `Cannot honour TaskInfo fields in a task group: ${faults.join(", ")}`);
  }
}
