import { join, relative } from "node:path";
import type { ExecutorEnvironment } from "../mesos/environment.ts";
import { measureFolder } from "./disk_usage.ts";
import { taskFolder } from "./output/task_files.ts";
import type { DiskMeter } from "./task_desk.ts";
import type { TaskSpec } from "./task_spec.ts";
import { persistentSource } from "./translation/volumes.ts";

/**
 * Containers share their executor's sandbox: each further task has its own folder, and the first all that is nobody else's.
 * What a further task writes beside its folder is counted as the first one's.
 */
export function createDiskMeter(
  intervalMs: number,
  { sandbox, directory }: Pick<ExecutorEnvironment, "sandbox" | "directory">,
): DiskMeter {
  const folders = new Set<string>();
  return {
    intervalMs,
    measureSandbox: async ({ spec }, order) => {
      if (order > 0) {
        const folder = taskFolder(sandbox, spec.taskId);
        folders.add(folder);
        return await measureFolder(folder, { except: new Set() });
      }
      const persistent = listPersistent(spec).map((path) => join(sandbox, relative(directory, path)));
      return await measureFolder(sandbox, { except: new Set([...folders, ...persistent]) });
    },
  };
}

/** Volumes that the agent has laid into the sandbox have sizes of their own. */
function listPersistent({ mounts }: TaskSpec): string[] {
  return mounts.flatMap((mount) => (mount.kind === "host" && mount.source === persistentSource ? [mount.path] : []));
}
