import { join, normalize, resolve } from "node:path";
import {
  Image_Type,
  MountPropagation_Mode,
  Volume_Source_SandboxPath_Type as SandboxPathType,
  Volume_Source_Type as SourceType,
  type TaskInfo,
  type Volume,
  Volume_Mode,
} from "../../mesos/protocol.ts";
import { TaskError } from "../task/task_error.ts";
import type { MountSpec } from "../task/task_spec.ts";
import { readSecret } from "./secret.ts";
import type { StatedVolume } from "./statement.ts";

/** Where a container finds its sandbox: the agent's default for `--sandbox_directory`. */
export const sandboxTarget = "/mnt/mesos/sandbox";

/** Source of the mounts of persistent volumes. */
export const persistentSource = "resources.disk.volume";

type Source = NonNullable<Volume["source"]>;
type Place = Pick<MountSpec, "target" | "mode" | "source">;

/** A task's sandbox, and that of its executor, as the host sees them: one and the same but for a task of a group. */
export interface Sandboxes {
  directory: string;
  parent: string;
}

/** Volumes of TaskInfo.container, in order (contract B.3). */
export function toMounts(task: TaskInfo, sandboxes: Sandboxes): MountSpec[] {
  const driver = task.container?.docker?.volumeDriver;
  return (task.container?.volumes ?? []).map((volume, index) =>
    toMount(volume, { ...sandboxes, driver, field: `container.volumes[${index}]` }),
  );
}

/** Persistent volumes, which the agent has laid out in the sandbox: by a link with isolator filesystem/posix (contract B.3). */
export function toPersistentMounts(task: TaskInfo, directory: string): MountSpec[] {
  return task.resources.flatMap(({ disk }): MountSpec[] => {
    if (!disk?.persistence || !disk.volume) return [];
    const { containerPath, mode } = disk.volume;
    return [
      {
        kind: "host",
        path: join(directory, containerPath),
        chosenBy: "agent",
        roots: toVolumeRoots(disk.source, directory),
        missing: "refused",
        target: toTarget(containerPath),
        mode: mode === Volume_Mode.RO ? "ro" : "rw",
        source: persistentSource,
      },
    ];
  });
}

/**
 * Where an agent keeps persistent volumes: below its work directory, in which the sandbox lies too (contract A.2), or on a
 * disk of its own. A root that is no absolute path is relative to the work directory.
 */
function toVolumeRoots(
  disk: NonNullable<TaskInfo["resources"][number]["disk"]>["source"],
  directory: string,
): string[] {
  const [workDir = "/"] = directory.split("/slaves/");
  const roots = ["volumes", disk?.path?.root, disk?.mount?.root].filter((root) => root !== undefined && root !== "");
  return roots.map((root) => resolve(workDir, root ?? ""));
}

/** A volume by paths: relative ones lie in the sandbox; beside a driver, a relative host path is a volume's name. */
export function toPathMount(volume: StatedVolume, place: { directory: string; source: string }): MountSpec {
  const { hostPath, containerPath, driver, options, mode } = volume;
  const { directory, source } = place;
  const target = toTarget(containerPath);
  if (driver !== undefined && !hostPath.startsWith("/")) {
    return { kind: "volume", name: hostPath, driver, ...(options ? { options } : {}), target, mode, source };
  }
  if (!hostPath.startsWith("/") && !containerPath.startsWith("/")) {
    throw new TaskError(
      "invalid",
      `Both host_path '${hostPath}' and container_path '${containerPath}' of a volume are relative`,
    );
  }
  const path = hostPath.startsWith("/") ? hostPath : join(directory, hostPath);
  return { kind: "host", path, chosenBy: "task", missing: "made by the daemon", target, mode, source };
}

function toMount(volume: Volume, at: Sandboxes & { driver: string | undefined; field: string }): MountSpec {
  const { directory, field } = at;
  const mode = volume.mode === Volume_Mode.RO ? "ro" : "rw";
  const said = [volume.hostPath, volume.image, volume.source].filter((one) => one !== undefined && one !== "");
  if (said.length > 1) {
    throw new TaskError("invalid", `Cannot use ${field}: only one of host_path, image and source can be given`);
  }
  const place = { target: toTarget(volume.containerPath), mode, source: field } as const;
  if (volume.image) return toImageMount(volume.image, place);
  if (volume.source) return toSourceMount(volume.source, place, at);
  const { hostPath, containerPath } = volume;
  if (!hostPath) throw new TaskError("invalid", "Host path or volume source is required");
  const driver = at.driver ? { driver: at.driver } : {};
  return toPathMount({ hostPath, containerPath, mode, ...driver }, { directory, source: field });
}

function toSourceMount(source: Source, place: Place, { directory, parent }: Sandboxes): MountSpec {
  const field = `${place.source}.source`;
  switch (source.type) {
    case SourceType.DOCKER_VOLUME:
      return { ...place, ...toVolume(expect(source.dockerVolume, `${field}.docker_volume`)) };
    case SourceType.HOST_PATH: {
      const { path, mountPropagation } = expect(source.hostPath, `${field}.host_path`);
      const propagation = toPropagation(mountPropagation?.mode);
      const shared = propagation === undefined ? {} : { propagation };
      if (!path.startsWith("/")) throw new TaskError("invalid", `Cannot use ${field}.host_path: "${path}" is relative`);
      return { ...place, kind: "host", path, chosenBy: "task", missing: "refused", ...shared };
    }
    case SourceType.SANDBOX_PATH: {
      const { path, type } = expect(source.sandboxPath, `${field}.sandbox_path`);
      return { ...place, ...toSandboxPath(path, type, { directory, parent, field: `${field}.sandbox_path` }) };
    }
    case SourceType.SECRET:
      return { ...place, kind: "secret", bytes: readSecret(source.secret, `${field}.secret`) };
    case SourceType.CSI_VOLUME:
      throw new TaskError("unsupported", `Cannot honour ${field}.csi_volume: Docker has no CSI volumes`);
    default:
      throw new TaskError("invalid", `Cannot use ${field}: it has no type that is known`);
  }
}

function expect<T>(value: T | undefined, field: string): T {
  if (value === undefined)
    throw new TaskError("invalid", `Cannot use ${field}: the type asks for it, and it is absent`);
  return value;
}

function toVolume({ name, driver, driverOptions }: NonNullable<Source["dockerVolume"]>) {
  const options = Object.fromEntries((driverOptions?.parameter ?? []).map(({ key, value }) => [key, value]));
  return {
    kind: "volume" as const,
    name,
    ...(driver ? { driver } : {}),
    ...(Object.keys(options).length > 0 ? { options } : {}),
  };
}

function toPropagation(mode: MountPropagation_Mode | undefined): string | undefined {
  if (mode === MountPropagation_Mode.HOST_TO_CONTAINER) return "rslave";
  return mode === MountPropagation_Mode.BIDIRECTIONAL ? "rshared" : undefined;
}

/** SELF and PARENT are one for a task that is in no group: it runs in the sandbox of its executor. */
function toSandboxPath(
  path: string,
  type: SandboxPathType,
  at: Sandboxes & { field: string },
): Pick<MountSpec & { kind: "host" }, "kind" | "path" | "chosenBy" | "missing"> {
  if (type !== SandboxPathType.SELF && type !== SandboxPathType.PARENT) {
    throw new TaskError("invalid", `Cannot use ${at.field}: its type is neither SELF nor PARENT`);
  }
  if (path.startsWith("/") || normalize(path).startsWith("..")) {
    throw new TaskError("invalid", `Cannot use ${at.field}: "${path}" does not lie in the sandbox`);
  }
  const sandbox = type === SandboxPathType.PARENT ? at.parent : at.directory;
  return { kind: "host", path: join(sandbox, path), chosenBy: "task", missing: "made for the owner" };
}

function toImageMount(image: NonNullable<Volume["image"]>, place: Place): MountSpec {
  if (image.type !== Image_Type.DOCKER || !image.docker) {
    throw new TaskError(
      "unsupported",
      `Cannot honour ${place.source}.image: only images of type DOCKER can be mounted`,
    );
  }
  const { name, config, credential } = image.docker;
  if (config || credential) {
    throw new TaskError(
      "unsupported",
      `Cannot honour ${place.source}.image.docker: credentials of an image that is mounted`,
    );
  }
  if (!image.cached) {
    const found = "an image that is mounted is pulled only when the daemon lacks it";
    throw new TaskError("unsupported", `Cannot honour ${place.source}.image.cached: ${found}`);
  }
  if (place.mode === "rw") {
    throw new TaskError("unsupported", `Cannot honour ${place.source}.mode RW: Docker mounts images read-only`);
  }
  return { ...place, kind: "image", image: name };
}

function toTarget(containerPath: string): string {
  if (containerPath === "") throw new TaskError("invalid", "Cannot use a volume: its container_path is empty");
  return containerPath.startsWith("/") ? containerPath : join(sandboxTarget, containerPath);
}
