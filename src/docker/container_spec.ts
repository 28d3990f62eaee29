// Body of POST /containers/create, as far as we use it, with the Engine's own field names: the daemon is the one who
// explains and checks them. A field that is left out is the daemon's default. Which API version brought a field is known
// to calls/create_needs.ts, and createContainer refuses what the daemon's does not know.

/** A container to be created. */
export interface ContainerCreate {
  /** Unique on its host; never `mesos-…`, which agents remove (contract 0.2). */
  readonly name?: string;
  /** E.g. `linux/arm64`. */
  readonly platform?: string;
  readonly body: ContainerConfig;
}

/** What runs in the container. */
export interface ContainerConfig {
  readonly Image: string;
  /** A list with one empty text clears the image's own. */
  readonly Entrypoint?: readonly string[];
  readonly Cmd?: readonly string[];
  /** `NAME=value`; a `NAME` alone takes one of the image's away. */
  readonly Env?: readonly string[];
  readonly Labels?: Readonly<Record<string, string>>;
  /** E.g. `{ "80/tcp": {} }`. */
  readonly ExposedPorts?: Readonly<Record<string, EmptyObject>>;
  /** Paths of anonymous volumes. */
  readonly Volumes?: Readonly<Record<string, EmptyObject>>;
  readonly User?: string;
  readonly WorkingDir?: string;
  readonly Hostname?: string;
  readonly Domainname?: string;
  /** In the network of NetworkMode; an endpoint's own means the same, so `createContainer` moves it as the API wants it. */
  readonly MacAddress?: string;
  readonly NetworkDisabled?: boolean;
  readonly StopSignal?: string;
  /** Seconds, for those who stop it without saying a grace. */
  readonly StopTimeout?: number;
  readonly Tty?: boolean;
  readonly OpenStdin?: boolean;
  readonly StdinOnce?: boolean;
  readonly AttachStdin?: boolean;
  readonly AttachStdout?: boolean;
  readonly AttachStderr?: boolean;
  readonly Healthcheck?: Healthcheck;
  readonly HostConfig?: HostConfig;
  readonly NetworkingConfig?: NetworkingConfig;
}

/** The value of sets that the Engine writes as maps. */
export type EmptyObject = Readonly<Record<string, never>>;

/** A check that the daemon makes; times are in nanoseconds. */
export interface Healthcheck {
  /** `["NONE"]`, `["CMD", …]` or `["CMD-SHELL", text]`. */
  readonly Test?: readonly string[];
  readonly Interval?: number;
  readonly Timeout?: number;
  readonly StartPeriod?: number;
  readonly StartInterval?: number;
  readonly Retries?: number;
}

/** How the host carries the container. */
export interface HostConfig extends ContainerLimits {
  /** `source:target[:options]`. */
  readonly Binds?: readonly string[];
  readonly Mounts?: readonly Mount[];
  readonly Tmpfs?: Readonly<Record<string, string>>;
  readonly VolumeDriver?: string;
  readonly VolumesFrom?: readonly string[];

  /** `host`, `bridge`, `none`, `container:<id>` or a network's name. */
  readonly NetworkMode?: string;
  /** By container port, e.g. `80/tcp`. */
  readonly PortBindings?: Readonly<Record<string, readonly PortBinding[]>>;
  readonly PublishAllPorts?: boolean;
  readonly Dns?: readonly string[];
  readonly DnsOptions?: readonly string[];
  readonly DnsSearch?: readonly string[];
  readonly ExtraHosts?: readonly string[];
  readonly Links?: readonly string[];

  readonly Privileged?: boolean;
  readonly CapAdd?: readonly string[];
  readonly CapDrop?: readonly string[];
  readonly SecurityOpt?: readonly string[];
  readonly ReadonlyRootfs?: boolean;
  /** An empty list masks nothing. */
  readonly MaskedPaths?: readonly string[];
  readonly ReadonlyPaths?: readonly string[];
  readonly GroupAdd?: readonly string[];
  readonly Sysctls?: Readonly<Record<string, string>>;

  readonly PidMode?: string;
  readonly IpcMode?: string;
  readonly UTSMode?: string;
  readonly UsernsMode?: string;
  readonly CgroupnsMode?: string;

  readonly Runtime?: string;
  readonly Isolation?: string;
  readonly Init?: boolean;
  readonly AutoRemove?: boolean;
  readonly RestartPolicy?: { readonly Name: string; readonly MaximumRetryCount?: number };
  readonly LogConfig?: { readonly Type: string; readonly Config?: Readonly<Record<string, string>> };
  readonly StorageOpt?: Readonly<Record<string, string>>;
  readonly Annotations?: Readonly<Record<string, string>>;
}

/** Resources of a container; sizes are in bytes, times in microseconds. */
export interface ContainerLimits {
  readonly CgroupParent?: string;
  readonly CpuShares?: number;
  readonly CpuQuota?: number;
  readonly CpuPeriod?: number;
  readonly CpuRealtimePeriod?: number;
  readonly CpuRealtimeRuntime?: number;
  /** Billionths of a cpu; the daemon refuses it beside CpuQuota (MESOS-7006). */
  readonly NanoCpus?: number;
  readonly CpusetCpus?: string;
  readonly CpusetMems?: string;
  readonly Memory?: number;
  readonly MemoryReservation?: number;
  /** Memory and swap together; -1 is without limit. */
  readonly MemorySwap?: number;
  readonly MemorySwappiness?: number;
  readonly KernelMemory?: number;
  readonly OomKillDisable?: boolean;
  readonly OomScoreAdj?: number;
  /** 0 and -1 are without limit. */
  readonly PidsLimit?: number;
  readonly ShmSize?: number;
  readonly Ulimits?: readonly Ulimit[];
  readonly Devices?: readonly DeviceMapping[];
  readonly DeviceCgroupRules?: readonly string[];
  readonly DeviceRequests?: readonly DeviceRequest[];
  readonly BlkioWeight?: number;
  readonly BlkioWeightDevice?: readonly { readonly Path: string; readonly Weight: number }[];
  readonly BlkioDeviceReadBps?: readonly ThrottledDevice[];
  readonly BlkioDeviceWriteBps?: readonly ThrottledDevice[];
  readonly BlkioDeviceReadIOps?: readonly ThrottledDevice[];
  readonly BlkioDeviceWriteIOps?: readonly ThrottledDevice[];
}

/** A mount of the newer form, which unlike Binds refuses sources that do not exist. */
export interface Mount {
  readonly Type: "bind" | "volume" | "tmpfs" | "image" | "npipe" | "cluster";
  readonly Source?: string;
  readonly Target: string;
  readonly ReadOnly?: boolean;
  readonly Consistency?: string;
  readonly BindOptions?: {
    readonly Propagation?: string;
    readonly NonRecursive?: boolean;
    readonly CreateMountpoint?: boolean;
    readonly ReadOnlyNonRecursive?: boolean;
    readonly ReadOnlyForceRecursive?: boolean;
  };
  readonly VolumeOptions?: {
    readonly NoCopy?: boolean;
    readonly Labels?: Readonly<Record<string, string>>;
    readonly DriverConfig?: { readonly Name?: string; readonly Options?: Readonly<Record<string, string>> };
    readonly Subpath?: string;
  };
  readonly ImageOptions?: { readonly Subpath?: string };
  readonly TmpfsOptions?: { readonly SizeBytes?: number; readonly Mode?: number };
}

/** A host's side of a published port. */
export interface PortBinding {
  readonly HostIp?: string;
  readonly HostPort?: string;
}

/** A resource limit of the processes in the container. */
export interface Ulimit {
  readonly Name: string;
  readonly Soft: number;
  readonly Hard: number;
}

/** A device of the host in the container. */
export interface DeviceMapping {
  readonly PathOnHost: string;
  readonly PathInContainer: string;
  /** Letters of `rwm`. */
  readonly CgroupPermissions: string;
}

/** Devices that a driver chooses, e.g. GPUs. */
export interface DeviceRequest {
  readonly Driver?: string;
  /** -1 is all. */
  readonly Count?: number;
  readonly DeviceIDs?: readonly string[];
  readonly Capabilities?: readonly (readonly string[])[];
  readonly Options?: Readonly<Record<string, string>>;
}

/** A limit on the traffic with a device. */
export interface ThrottledDevice {
  readonly Path: string;
  readonly Rate: number;
}

/** Settings in networks of one's own; daemons before API 1.44 take one network at creation. */
export interface NetworkingConfig {
  readonly EndpointsConfig?: Readonly<Record<string, EndpointSettings>>;
}

/** A container's settings in one network. */
export interface EndpointSettings {
  readonly IPAMConfig?: {
    readonly IPv4Address?: string;
    readonly IPv6Address?: string;
    readonly LinkLocalIPs?: readonly string[];
  };
  readonly Links?: readonly string[];
  readonly Aliases?: readonly string[];
  readonly MacAddress?: string;
  readonly DriverOpts?: Readonly<Record<string, string>>;
  readonly GwPriority?: number;
}
