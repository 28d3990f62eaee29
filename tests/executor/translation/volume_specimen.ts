import {
  type MountPropagation_Mode as Propagation,
  type Volume_Source_SandboxPath_Type as SandboxPath,
  Volume_Source_Type as SourceType,
  Volume_Mode,
} from "../../../src/mesos/protocol.ts";
import type { ContainerInit, Plain, TaskInit } from "../task_specimen.ts";

/** A volume, and where it comes from, as a test writes them down. */
export type Volume = Plain<NonNullable<ContainerInit["volumes"]>[number]>;
export type Source = Plain<Volume["source"]>;

/** How messages name the only volume of a task. */
export const field = "container.volumes[0]";

/** A task with these volumes, and perhaps the driver of all of them. */
export function withVolumes(volumes: Volume[], volumeDriver?: string): TaskInit {
  return { container: { docker: { image: "busybox", ...(volumeDriver ? { volumeDriver } : {}) }, volumes } };
}

/** A volume at /c from a source. */
export function from(source: Source, mode: Volume_Mode = Volume_Mode.RW): Volume {
  return { containerPath: "/c", mode, source };
}

/** The path /h of the host. */
export function hostPath(mode?: Propagation): Source {
  const shared = mode === undefined ? {} : { mountPropagation: { mode } };
  return { type: SourceType.HOST_PATH, hostPath: { path: "/h", ...shared } };
}

/** A path in the sandbox. */
export function sandboxPath(path: string, type?: SandboxPath): Source {
  return { type: SourceType.SANDBOX_PATH, sandboxPath: { path, ...(type === undefined ? {} : { type }) } };
}

/** Volume v of the daemon. */
export function dockerVolume(rest: Omit<Plain<Source["dockerVolume"]>, "name"> = {}): Source {
  return { type: SourceType.DOCKER_VOLUME, dockerVolume: { name: "v", ...rest } };
}

/** A secret as a file. */
export function secret(value: NonNullable<Source["secret"]>): Source {
  return { type: SourceType.SECRET, secret: value };
}
