import { realpath } from "node:fs/promises";
import { join, relative } from "node:path";
import process from "node:process";
import type { ExecutorEnvironment } from "../../mesos/environment.ts";
import type { DiskMeter } from "../desk/task_desk.ts";
import { taskFolder } from "../output/task_files.ts";
import type { TaskSpec } from "../task/task_spec.ts";
import { persistentSource } from "../translation/volumes.ts";
import { measureFolder } from "./usage.ts";

const mebibyte = 2 ** 20;

/**
 * Containers share their executor's sandbox: each further task has its own folder, and the first all that is nobody else's,
 * beyond what the executor's own resources pay for. What a further task writes beside its folder is counted as the first
 * one's. This program is nobody's: an agent has fetched it, and it is larger than most tasks' disk.
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
      // Without links, as this program's own path is.
      const real = await realpath(sandbox);
      const others = [...folders].map((folder) => join(real, relative(sandbox, folder)));
      const persistent = listPersistent(spec).map((path) => join(real, relative(directory, path)));
      const except = new Set([...others, ...persistent, process.execPath]);
      const bytes = await measureFolder(real, { except });
      return Math.max(0, bytes - (spec.amounts.executorDiskMb ?? 0) * mebibyte);
    },
  };
}

/** Volumes that the agent has laid into the sandbox have sizes of their own. */
function listPersistent({ mounts }: TaskSpec): string[] {
  return mounts.flatMap((mount) => (mount.kind === "host" && mount.source === persistentSource ? [mount.path] : []));
}
