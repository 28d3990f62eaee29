import { release, totalmem } from "node:os";
import { type EngineInfo, findImageStore } from "../docker/mod.ts";
import { judgeDaemon } from "../executor/accounting/cgroup_parent.ts";
import { type Finding, warning, well } from "./finding.ts";

/** What the daemon's own state means for tasks. */
export function examineEngine(info: EngineInfo, daemon: "local" | "remote"): Finding[] {
  return [
    examineStorage(info),
    examineAccounting(info, daemon),
    examineLiveRestore(info),
    examineLimits(info),
    ...info.Warnings.map((text) => warning("daemon's warning", text, "as the warning says")),
  ];
}

/** What such drivers cost was why they were given up. */
const poorDrivers: Readonly<Record<string, string>> = {
  vfs: "it copies a whole image for each layer and container",
  aufs: "newer kernels and daemons do not have it",
  devicemapper: "newer daemons do not have it",
  overlay: "it wastes inodes, and newer daemons do not have it",
};

function examineStorage(info: EngineInfo): Finding {
  const { Driver, DriverStatus, DockerRootDir } = info;
  const about = "storage driver";
  const poor = poorDrivers[Driver];
  if (poor !== undefined)
    return warning(about, `${Driver}: ${poor}`, `set "storage-driver": "overlay2" in daemon.json`);
  if (findImageStore(info) === "containerd") {
    return well(about, `${Driver}, in containerd's image store`);
  }
  if (DriverStatus["Supports d_type"] === "false") {
    const found = `${Driver} on a file system without d_type: removed files come back in containers`;
    return warning(about, found, `put ${DockerRootDir} on ext4, or on xfs made with -n ftype=1`);
  }
  const below = DriverStatus["Backing Filesystem"];
  return well(about, below === undefined ? Driver : `${Driver} on ${below}`);
}

/** What the executor makes of control groups: see src/executor/accounting. */
function examineAccounting(info: EngineInfo, daemon: "local" | "remote"): Finding {
  const about = "accounting";
  const { CgroupVersion = "unknown version", CgroupDriver } = info;
  const groups = `control groups ${CgroupVersion === "unknown version" ? "of" : "of version"} ${CgroupVersion}, driver ${CgroupDriver}`;
  const obstacle =
    daemon === "remote"
      ? "the daemon is not reached by a socket of this host"
      : judgeDaemon(info, { kernelVersion: release(), memoryBytes: totalmem() });
  if (obstacle === undefined) return well(about, `${groups}: containers are counted in their executor's own group`);
  const found = `${groups}: containers are limited by themselves, as ${obstacle}`;
  const isMendable = CgroupVersion === "1" && CgroupDriver === "systemd";
  const mend = isMendable
    ? `"exec-opts": ["native.cgroupdriver=cgroupfs"] in daemon.json has agents count containers; else run mesos-docker reap --watch`
    : "run mesos-docker reap --watch beside the agent: it removes containers whose executor was killed";
  return warning(about, found, mend);
}

function examineLiveRestore({ LiveRestoreEnabled }: EngineInfo): Finding {
  const about = "live-restore";
  if (LiveRestoreEnabled) return well(about, "on: containers go on while the daemon restarts");
  return warning(about, "off: a restart of the daemon ends every task", `set "live-restore": true in daemon.json`);
}

/** What the kernel cannot limit, the daemon leaves out in silence. */
function examineLimits({ SwapLimit, PidsLimit }: EngineInfo): Finding {
  const about = "limits";
  const lacking = [...(SwapLimit === false ? ["swap"] : []), ...(PidsLimit === false ? ["processes"] : [])];
  if (lacking.length === 0) return well(about, "memory, swap and processes can be limited");
  const mend = SwapLimit === false ? "boot with swapaccount=1" : "boot with cgroup_enable=pids, or a newer kernel";
  return warning(about, `the kernel cannot limit ${lacking.join(" and ")}`, mend);
}
