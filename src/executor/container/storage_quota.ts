import {
  type ContainerCreate,
  type CreatedContainer,
  type Engine,
  EngineError,
  type EngineInfo,
  isAnswerLost,
} from "../../docker/mod.ts";

/** Storage drivers that can hold each container to a size. */
const sizedDrivers = new Set(["btrfs", "zfs", "devicemapper", "windowsfilter"]);

/**
 * What the daemon's storage driver can do for a task's disk. A container's own files can be held to a size by some; where
 * they cannot, the executor watches them.
 */
export class StorageQuota {
  readonly #engine: Engine;
  #mayHold: "yes" | "no" | undefined;

  constructor(engine: Engine) {
    this.#engine = engine;
  }

  /**
   * The request with the container's own files held to a size, or undefined when that is not to be had, or the task says a
   * size itself. The daemon is asked once what it is.
   */
  async findSizedRequest(request: ContainerCreate, diskMb: number | undefined): Promise<ContainerCreate | undefined> {
    const { HostConfig } = request.body;
    if (!diskMb || HostConfig?.StorageOpt) return undefined;
    this.#mayHold ??= mayHoldToSize(await this.#engine.info());
    if (this.#mayHold === "no") return undefined;
    const StorageOpt = { size: `${Math.max(1, Math.ceil(diskMb))}m` };
    return { ...request, body: { ...request.body, HostConfig: { ...HostConfig, StorageOpt } } };
  }
}

/**
 * overlay2 can where its directory lies on xfs that is mounted with project quotas, which the daemon does not tell. The
 * containerd image store (driver `overlayfs`) drops a size in silence.
 */
function mayHoldToSize({ Driver, DriverStatus }: EngineInfo): "yes" | "no" {
  if (sizedDrivers.has(Driver)) return "yes";
  return Driver === "overlay2" && DriverStatus["Backing Filesystem"] === "xfs" ? "yes" : "no";
}

/** A container made from a request; a size that the daemon cannot hold it to is watched by us instead. */
export async function createSized(
  engine: Engine,
  { create, sized }: { create: ContainerCreate; sized?: ContainerCreate },
): Promise<CreatedContainer> {
  if (!sized) return await engine.createContainer(create);
  try {
    return await engine.createContainer(sized);
  } catch (error) {
    if (!mayBeForSize(error)) throw error;
    return await engine.createContainer(create);
  }
}

/** Whether a daemon may have refused a request for its size alone, so that the same without it is worth a try. */
export function mayBeForSize(error: unknown): boolean {
  if (!(error instanceof EngineError) || isAnswerLost(error)) return false;
  return ["invalid", "failed", "unsupported"].includes(error.code);
}
