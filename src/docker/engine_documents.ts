// What the daemon tells, as far as we use it. Documents of the Engine keep its field names; where the daemon says null
// or leaves a list or a map out, there is an empty one here. Values of our own are in camelCase.

/** The daemon, and the API version that is spoken with it. */
export interface EngineVersion {
  /** Negotiated: the newest that both sides know. */
  readonly apiVersion: string;
  readonly engineVersion: string;
  /** Oldest API version that the daemon takes. */
  readonly minApiVersion: string;
  readonly os: string;
  readonly arch: string;
}

/** GET /info */
export interface EngineInfo {
  readonly ID: string;
  readonly Name: string;
  readonly ServerVersion: string;
  /** Storage driver, e.g. `overlay2`. */
  readonly Driver: string;
  /**
   * What the storage driver says of itself, e.g. `Backing Filesystem`: `extfs`; with the containerd image store only
   * `driver-type`: `io.containerd.snapshotter.v1`.
   */
  readonly DriverStatus: Readonly<Record<string, string>>;
  readonly CgroupDriver: string;
  /** `1` or `2`; daemons before API 1.41 do not tell. */
  readonly CgroupVersion?: string;
  readonly MemTotal: number;
  readonly NCPU: number;
  readonly OSType: string;
  readonly Architecture: string;
  readonly KernelVersion: string;
  readonly DockerRootDir: string;
  /** Its clock when it answered. */
  readonly SystemTime?: string;
  readonly SwapLimit?: boolean;
  readonly PidsLimit?: boolean;
  readonly LiveRestoreEnabled?: boolean;
  readonly LoggingDriver?: string;
  readonly SecurityOptions: readonly string[];
  readonly Runtimes: readonly string[];
  readonly Warnings: readonly string[];
}

/** GET /images/{name}/json. `ContainerConfig` is not read: newer daemons do not have it (API 1.45, contract 0.2 trap 11). */
export interface ImageInspect {
  readonly Id: string;
  readonly RepoTags: readonly string[];
  readonly RepoDigests: readonly string[];
  readonly Os: string;
  readonly Architecture: string;
  readonly Variant?: string;
  readonly Created?: string;
  readonly Size: number;
  readonly Config: ImageConfig;
  /** Digests of the unpacked layers, lowest first. */
  readonly Layers: readonly string[];
  /** When it was last given a name here, or came here; daemons tell it from API 1.29 on. */
  readonly LastTagTime?: string;
  /** The whole document. */
  readonly raw: unknown;
}

/** One entry of GET /images/json */
export interface ImageSummary {
  /** Digest of the image's configuration; where containerd keeps the images, of its manifest or index. */
  readonly Id: string;
  /** Names with a tag; none is an empty list, whatever the API version makes of it. */
  readonly RepoTags: readonly string[];
  /** Names with a digest. Where a storage driver keeps the images, only those that a pull or push has given. */
  readonly RepoDigests: readonly string[];
  /** When it was built, in seconds since the epoch. */
  readonly Created: number;
  /** Bytes of all its layers; where containerd keeps the images, of its compressed content as well. */
  readonly Size: number;
  /** Bytes of layers that other images have as well; absent where the daemon has not worked it out. */
  readonly SharedSize?: number;
  readonly Labels: Readonly<Record<string, string>>;
}

/** One entry of GET /images/{name}/history: a step that made a layer, or that made none and has size 0. */
export interface HistoryEntry {
  readonly CreatedBy: string;
  /** Seconds since the epoch. */
  readonly Created: number;
  /** Bytes of the layer. */
  readonly Size: number;
}

/** GET /system/df, of images. */
export interface DiskUsage {
  /** Bytes of all layers, each counted once. */
  readonly LayersSize: number;
  /** With `SharedSize`. */
  readonly Images: readonly ImageSummary[];
}

/** What an image says about the containers made of it; all of it may be absent. */
export interface ImageConfig {
  readonly Entrypoint: readonly string[];
  readonly Cmd: readonly string[];
  readonly Env: readonly string[];
  readonly Labels: Readonly<Record<string, string>>;
  /** E.g. `80/tcp`. */
  readonly ExposedPorts: readonly string[];
  /** Paths in the container. */
  readonly Volumes: readonly string[];
  readonly User?: string;
  readonly WorkingDir?: string;
  readonly StopSignal?: string;
}

/** GET /containers/{id}/json */
export interface ContainerInspect {
  readonly Id: string;
  /** Begins with a slash. */
  readonly Name: string;
  readonly Created: string;
  /** Id of the image. */
  readonly Image: string;
  readonly RestartCount: number;
  readonly State: ContainerState;
  readonly Config: ContainerInspectConfig;
  readonly HostConfig: ContainerInspectHostConfig;
  readonly NetworkSettings: ContainerNetworks;
  /** The whole document, e.g. for TaskStatus.data (contract B.6). */
  readonly raw: unknown;
}

/** State of a container. */
export interface ContainerState {
  readonly Status: string;
  readonly Running: boolean;
  readonly Paused: boolean;
  readonly Restarting: boolean;
  readonly OOMKilled: boolean;
  readonly Dead: boolean;
  /** 0 when it does not run. */
  readonly Pid: number;
  readonly ExitCode: number;
  readonly Error: string;
  readonly StartedAt: string;
  /** `0001-01-01T00:00:00Z` before the first end. */
  readonly FinishedAt: string;
  readonly Health?: ContainerHealth;
}

/** Result of an image's HEALTHCHECK. */
export interface ContainerHealth {
  readonly Status: string;
  readonly FailingStreak: number;
}

/** GET /exec/{id}/json */
export interface ExecInspect {
  readonly Running: boolean;
  /** On the daemon's host; 0 until the daemon knows it, which may be after the first output. Stays when the command has ended. */
  readonly Pid: number;
  /** Absent until the command has ended. */
  readonly ExitCode?: number;
}

/** How a container was asked for. */
export interface ContainerInspectConfig {
  /** The reference that the container was created with. */
  readonly Image: string;
  readonly Labels: Readonly<Record<string, string>>;
  readonly Env: readonly string[];
  readonly Entrypoint: readonly string[];
  readonly Cmd: readonly string[];
  readonly Tty: boolean;
  readonly User: string;
  readonly WorkingDir: string;
  readonly StopSignal?: string;
}

/** What of a container's HostConfig is looked at again. */
export interface ContainerInspectHostConfig {
  readonly NetworkMode: string;
  readonly CgroupParent: string;
  readonly Memory: number;
  /** Driver of the container's log, e.g. `json-file`, and its options. */
  readonly LogConfig?: ContainerLogConfig;
}

/** How the daemon keeps what a container writes. */
export interface ContainerLogConfig {
  readonly Type: string;
  readonly Config: Readonly<Record<string, string>>;
}

/** Networks and published ports of a container. */
export interface ContainerNetworks {
  readonly Networks: Readonly<Record<string, ContainerEndpoint>>;
  /** By container port, e.g. `80/tcp`; exposed and unpublished ports have an empty list. */
  readonly Ports: Readonly<Record<string, readonly PublishedPort[]>>;
}

/** A container in one network; addresses are empty texts while it does not run. */
export interface ContainerEndpoint {
  readonly NetworkID: string;
  readonly IPAddress: string;
  readonly GlobalIPv6Address: string;
  readonly Gateway: string;
  readonly MacAddress: string;
}

/** Where a container's port is reached on the host. */
export interface PublishedPort {
  readonly HostIp: string;
  readonly HostPort: string;
}

/** One line of GET /containers/json */
export interface ContainerSummary {
  readonly Id: string;
  /** Each begins with a slash. */
  readonly Names: readonly string[];
  readonly Image: string;
  readonly ImageID: string;
  /** Seconds since the epoch. */
  readonly Created: number;
  /** E.g. `running`, `exited`. */
  readonly State: string;
  /** For people, e.g. `Up 2 minutes`. */
  readonly Status: string;
  readonly Labels: Readonly<Record<string, string>>;
}

/** Something that happened at the daemon. */
export interface EngineEvent {
  /** E.g. `container`, `image`, `network`. */
  readonly type: string;
  /** E.g. `start`, `die`, `oom`. */
  readonly action: string;
  /** Of the container, image or network. */
  readonly id: string;
  /** Labels, name, exit code and the like. */
  readonly attributes: Readonly<Record<string, string>>;
  /** Milliseconds since the epoch, with a fraction. */
  readonly timeMs: number;
}
