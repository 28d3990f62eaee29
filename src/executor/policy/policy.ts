/** What a rule says as a whole. */
export type Verdict = "allow" | "deny";

/**
 * What a rule says entry by entry. Without `allow` everything is allowed that `deny` does not name; with it, nothing is
 * that it does not name. The more specific entry wins, and `deny` when both name the same.
 */
export interface AccessRule {
  readonly allow?: readonly string[];
  readonly deny: readonly string[];
}

/**
 * What an operator lets tasks do on a host, whatever the framework says: Mesos itself restricts nothing (contract B.1,
 * DockerInfo.parameters). One value per executor, read from one file and complete: what the file does not say is allowed.
 */
export interface Policy {
  /** Path of the file, for messages; absent when there is none. */
  readonly source?: string;
  /** `unsaid`: a privileged container is judged by what it is given, i.e. capabilities, devices, host paths, confinement. */
  readonly privileged: Verdict | "unsaid";
  readonly hostNetwork: Verdict;
  /** Namespaces of the host and of other containers, and other containers' volumes and variables. */
  readonly hostNamespaces: Verdict;
  /** Of those that are added to the daemon's default; upper case without `CAP_`. */
  readonly capabilities: AccessRule;
  /** Everything that loosens seccomp, AppArmor, SELinux or the masks over /proc. */
  readonly securityOptions: Verdict;
  /** Absolute paths without a slash at their end, also with their links followed. */
  readonly hostMounts: AccessRule;
  readonly volumeDrivers: AccessRule;
  /** Absolute paths as in `hostMounts`; words are drivers and capabilities of device requests, e.g. `gpu`. */
  readonly devices: AccessRule;
  /** Keys of DockerInfo.parameters, by the names that Docker gives them today; those in `ignore` are neither heeded nor an error. */
  readonly parameters: AccessRule & { readonly ignore: readonly string[] };
  /** Beginnings of full references, e.g. `docker.io/library/`. */
  readonly registries: AccessRule;
  /** Images that tasks bring along in archives; `unsaid`: allowed where every registry is, as an archive may call anything by any name. */
  readonly imageArchives: Verdict | "unsaid";
  readonly runtimes: AccessRule;
  /** Cgroup paths with a slash at their beginning. */
  readonly cgroupParent: AccessRule;
  /** Whether a published port of the host must be one of the offer. */
  readonly publishedPorts: "offered" | "any";
  /** `deny` also takes from setuid programs what they could give. */
  readonly rootUser: Verdict;
  /** `deny`: a container has no swap beside its memory; the daemon would give it as much again. */
  readonly swap: Verdict;
  readonly pidsLimit: { readonly default?: number; readonly max?: number };
  /** Size in bytes of one file, and number of files of each stream. */
  readonly logs: { readonly maxBytes?: number; readonly maxFiles?: number };
  /** Whether the disk resource is held to. */
  readonly disk: "enforce" | "ignore";
  /** Added to every container. */
  readonly labels: Readonly<Record<string, string>>;
  /** Folder in which LinuxInfo.seccomp.profile_name is looked up. */
  readonly seccompProfiles?: string;
}

/** A rule that allows everything. */
export const unrestricted: AccessRule = { deny: [] };

/** What holds where no operator says anything. */
export const noPolicy: Policy = {
  privileged: "unsaid",
  hostNetwork: "allow",
  hostNamespaces: "allow",
  capabilities: unrestricted,
  securityOptions: "allow",
  hostMounts: unrestricted,
  volumeDrivers: unrestricted,
  devices: unrestricted,
  parameters: { deny: [], ignore: [] },
  registries: unrestricted,
  imageArchives: "unsaid",
  runtimes: unrestricted,
  cgroupParent: unrestricted,
  publishedPorts: "offered",
  rootUser: "allow",
  swap: "allow",
  pidsLimit: {},
  logs: {},
  disk: "enforce",
  labels: {},
};
