import { release, totalmem } from "node:os";
import type { ContainerCreate, Engine, EngineInfo } from "../../docker/mod.ts";
import type { KernelView } from "../../runtime/cgroup_place.ts";
import type { Log } from "../../runtime/log.ts";
import type { CgroupParentSetting } from "../setting_values.ts";
import { toFault } from "../task/engine_fault.ts";
import { removeEmptyParents } from "./empty_parents.ts";
import { findOwnCgroup } from "./own_cgroup.ts";

/** A control group that containers are put into. */
export interface ParentGroup {
  path: string;
  /** To be called when a container is gone: tidies up what the daemon leaves of it. Absent when it is the operator's. */
  letGo?: () => Promise<void>;
}

/** What a parent for the containers is found by. */
export interface CgroupParentParts {
  engine: Engine;
  log: Log;
  setting: CgroupParentSetting;
  /** Whether the daemon is reached by a socket of this host. */
  daemon: "local" | "remote";
  /** This host unless given. */
  view?: KernelView;
  host?: { kernelVersion: string; memoryBytes: number };
}

/**
 * Where the containers of an executor are counted. In its own control group an agent's statistics and limits include them, and
 * they end with the executor whatever ends it (contract 0.2, traps 3 and 4). Found once, told once in the log; the daemon is
 * asked only where there is such a group.
 */
export class CgroupParent {
  readonly #parts: CgroupParentParts;
  #found: Promise<ParentGroup | undefined> | undefined;

  constructor(parts: CgroupParentParts) {
    this.#parts = parts;
  }

  /** The parent, or `undefined` for the daemon's own. `containerId` is Mesos' of the executor. */
  find(containerId: string): Promise<ParentGroup | undefined> {
    this.#found ??= this.#look(containerId);
    return this.#found;
  }

  async #look(containerId: string): Promise<ParentGroup | undefined> {
    const { setting, log } = this.#parts;
    if (setting.kind === "path") {
      log.info("containers are counted in the control group of the settings", { parent: setting.path });
      return { path: setting.path };
    }
    if (setting.kind === "off") return this.#decline("the settings want it so");
    const own = findOwnCgroup(containerId, this.#parts.view);
    if (own.kind === "none") return this.#decline(own.why);
    const obstacle = await this.#findObstacle();
    if (obstacle !== undefined) return this.#decline(obstacle);
    log.info("containers are counted in the executor's own control group", {
      parent: own.path,
      controllers: own.controllers.join(","),
    });
    return { path: own.path, letGo: () => removeEmptyParents(own.path, this.#parts.view) };
  }

  #decline(why: string): undefined {
    this.#parts.log.info("containers are limited by themselves and counted by the daemon alone", { why });
    return undefined;
  }

  async #findObstacle(): Promise<string | undefined> {
    const { engine, daemon, host = { kernelVersion: release(), memoryBytes: totalmem() } } = this.#parts;
    if (daemon === "remote") return "the daemon is not reached by a socket of this host";
    try {
      return judgeDaemon(await engine.info(), host);
    } catch (error) {
      return `the daemon does not tell how it makes control groups: ${toFault(error, "launch").message}`;
    }
  }
}

/** What of a daemon stands in the way. A socket may lead anywhere: what it tells of its host is compared. */
export function judgeDaemon(
  info: EngineInfo,
  host: { kernelVersion: string; memoryBytes: number },
): string | undefined {
  if (info.KernelVersion !== host.kernelVersion || info.MemTotal !== host.memoryBytes) {
    return "the daemon runs on another host";
  }
  if (info.CgroupVersion === "2") return "the daemon uses control groups of version 2";
  // Its systemd driver takes slices alone (contract C.6).
  return info.CgroupDriver === "cgroupfs"
    ? undefined
    : `the daemon's cgroup driver is ${info.CgroupDriver || "unknown"}`;
}

/** The request with that parent, unless the task says one itself. */
export function withCgroupParent(request: ContainerCreate, parent: string | undefined): ContainerCreate {
  const { HostConfig } = request.body;
  if (parent === undefined || HostConfig?.CgroupParent) return request;
  return { ...request, body: { ...request.body, HostConfig: { ...HostConfig, CgroupParent: parent } } };
}
