import type { TaskInfo } from "../../mesos/protocol.ts";
import { TaskError } from "../task_error.ts";

/**
 * Fields of TaskInfo that the executor honours, or that are not its business (names, discovery, labels, and what the
 * agent itself has done: ids, executor, fetched URIs). A path stands for all below it.
 */
const honoured = new Set([
  "name",
  "task_id",
  "agent_id",
  "executor",
  "labels",
  "discovery",
  "data",
  "limits",
  "kill_policy",
  "command.value",
  "command.shell",
  "command.arguments",
  "command.environment",
  "command.uris",
  "container.type",
  "container.hostname",
  "container.network_infos.name",
  "container.network_infos.labels",
  "container.volumes.mode",
  "container.volumes.container_path",
  "container.volumes.host_path",
  "container.docker.image",
  "container.docker.network",
  "container.docker.port_mappings",
  "container.docker.privileged",
  "container.docker.force_pull_image",
]);

/** Resources that mean something to a container here; `disk` is the agent's own accounting of the sandbox. */
const honouredResources = new Set(["cpus", "mem", "ports", "disk"]);

/** Keys of TaskInfo.limits that there are (contract C.5). */
const honouredLimits = new Set(["cpus", "mem"]);

/** Throws {@link TaskError} that names every field of the task that would otherwise be dropped in silence. */
export function refuseUnsupported(task: TaskInfo): void {
  const fields = [...listUnsupported(task, ""), ...listResources(task), ...listLimits(task)];
  if (fields.length > 0)
    throw new TaskError("unsupported", `Cannot honour TaskInfo fields: ${[...new Set(fields)].join(", ")}`);
}

function listResources(task: TaskInfo): string[] {
  return task.resources.flatMap((resource) => {
    if (!honouredResources.has(resource.name)) return [`resources.${resource.name}`];
    return resource.disk?.persistence ? ["resources.disk.persistence"] : [];
  });
}

function listLimits(task: TaskInfo): string[] {
  return Object.keys(task.limits)
    .filter((name) => !honouredLimits.has(name))
    .map((name) => `limits.${name}`);
}

/** Paths of the set fields that are not honoured, in wire names. */
function listUnsupported(message: object, prefix: string): string[] {
  return Object.entries(message).flatMap(([key, value]) => {
    if (key.startsWith("$") || isUnset(value)) return [];
    const path = `${prefix}${key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`;
    if (honoured.has(path) || path === "resources") return [];
    const isParent = [...honoured].some((field) => field.startsWith(`${path}.`));
    if (!isParent) return [path];
    return (Array.isArray(value) ? value : [value]).flatMap((part) => listUnsupported(part, `${path}.`));
  });
}

/** Empty lists and maps, and switches that are off, ask for nothing. */
function isUnset(value: unknown): boolean {
  if (value === undefined || value === false) return true;
  return Array.isArray(value) && value.length === 0;
}
