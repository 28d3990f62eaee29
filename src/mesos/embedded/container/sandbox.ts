import { chown, mkdir, rename, symlink } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import type { User } from "./containerizer.ts";

/** Whose sandbox it is. */
export interface SandboxOwner {
  agentId: string;
  frameworkId: string;
  executorId: string;
  containerId: string;
}

/** The absolute path of a sandbox, laid out as agents do (contract A.2, MESOS_DIRECTORY). */
export function toSandboxPath(workDir: string, owner: SandboxOwner): string {
  const { agentId, frameworkId, executorId, containerId } = owner;
  return resolve(
    workDir,
    ...["slaves", agentId, "frameworks", frameworkId, "executors", executorId, "runs", containerId],
  );
}

/** Creates a sandbox for its user alone and points `runs/latest` at it. */
export async function createSandbox(path: string, options: { user?: User } = {}): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await mkdir(path, { mode: 0o750 });
  if (options.user) await chown(path, options.user.uid, options.user.gid);
  // A link is replaced by renaming: readers of `latest` never find it missing.
  const link = `${path}.latest`;
  await symlink(path, link);
  await rename(link, join(dirname(path), "latest"));
}
