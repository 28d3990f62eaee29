import { join } from "node:path";
import { type TaskInfo, Volume_Mode } from "../../mesos/protocol.ts";
import { TaskError } from "../task_error.ts";
import type { VolumeSpec } from "../task_spec.ts";

/** Where a container finds its sandbox: the agent's default for `--sandbox_directory`. */
export const sandboxTarget = "/mnt/mesos/sandbox";

/** Volumes in the task's order, then the sandbox (contract B.3). `directory` is the sandbox as the host sees it. */
export function toVolumes(task: TaskInfo, directory: string): VolumeSpec[] {
  const volumes = (task.container?.volumes ?? []).map((volume): VolumeSpec => {
    const { hostPath, containerPath } = volume;
    if (!hostPath) throw new TaskError("invalid", "Host path or volume source is required");
    const isHostRelative = !hostPath.startsWith("/");
    const isContainerRelative = !containerPath.startsWith("/");
    if (isHostRelative && isContainerRelative) {
      throw new TaskError(
        "invalid",
        `Both host_path '${hostPath}' and container_path '${containerPath}' of a volume are relative`,
      );
    }
    return {
      source: isHostRelative ? join(directory, hostPath) : hostPath,
      target: isContainerRelative ? join(sandboxTarget, containerPath) : containerPath,
      mode: volume.mode === Volume_Mode.RO ? "ro" : "rw",
    };
  });
  return [...volumes, { source: directory, target: sandboxTarget, mode: "rw" }];
}
