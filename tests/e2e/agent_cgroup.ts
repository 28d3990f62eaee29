// Control groups of version 1 as an agent with the linux launcher keeps them: one per executor, named by its container's id.
import { mkdirSync, readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { eventually } from "./eventually.ts";

const controllers = ["freezer", "memory", "cpu"] as const;

const mounted = "/sys/fs/cgroup";

/** The agent's root for its executors, which stands for `mesos`. */
export class AgentCgroup implements AsyncDisposable {
  readonly #name: string;

  constructor(name: string) {
    this.#name = name;
    for (const controller of controllers) mkdirSync(this.#folder(controller));
  }

  /** Lines for the shell that becomes the executor: they put it into a group of its own, as the launcher does. */
  get prelude(): string {
    const own = `${mounted}/$h/${this.#name}/$(basename "$(readlink -f .)")`;
    return `for h in ${controllers.join(" ")}; do mkdir "${own}" && echo $$ > "${own}/cgroup.procs" || exit 99; done;`;
  }

  /** Ids of the executors that are in it, or were and left their group behind. */
  get containerIds(): string[] {
    return listFolders(this.#folder("freezer"));
  }

  /** Path of an executor's group, as the kernel names it. */
  path(containerId: string): string {
    return `/${this.#name}/${containerId}`;
  }

  /** Pids in an executor's group of a hierarchy and below, those of containers among them. */
  pids(containerId: string, controller: (typeof controllers)[number] = "freezer"): number[] {
    return listGroups(this.#folder(controller, containerId)).flatMap(readPids);
  }

  /**
   * What an agent does whose executor has ended, or is to: freezes, kills, thaws, and removes all that is below. A daemon may be
   * about to put a container's first process there, so it is done until nobody is left.
   */
  async destroy(containerId: string): Promise<void> {
    const frozen = this.#folder("freezer", containerId);
    await eventually(`the end of all in ${frozen}`, () => {
      writeState(frozen, "FROZEN");
      for (const pid of this.pids(containerId)) kill(pid);
      writeState(frozen, "THAWED");
      return this.pids(containerId).length === 0;
    });
    for (const controller of controllers) await removeGroups(this.#folder(controller, containerId));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const containerId of this.containerIds) await this.destroy(containerId);
    for (const controller of controllers) await removeGroups(this.#folder(controller));
    // What a daemon has made of the same name in hierarchies that are not the agent's.
    for (const other of readdirSync(mounted)) await removeGroups(join(mounted, other, this.#name));
  }

  #folder(controller: string, ...names: string[]): string {
    return join(mounted, controller, this.#name, ...names);
  }
}

/** Whether such groups can be had here. */
export function hasCgroupsV1(): boolean {
  try {
    const lines = readFileSync("/proc/self/cgroup", "utf8").split("\n");
    const paths = controllers.map((name) => lines.some((line) => line.split(":")[1]?.split(",").includes(name)));
    return (
      process.getuid?.() === 0 && paths.every(Boolean) && controllers.every((name) => isFolder(join(mounted, name)))
    );
  } catch {
    return false;
  }
}

function isFolder(path: string): boolean {
  return readdirSync(path).length > 0;
}

function listFolders(folder: string): string[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []));
  } catch (error) {
    if (isGone(error)) return [];
    throw error;
  }
}

/** The group and all below it, the lowest first. */
function listGroups(folder: string): string[] {
  return [...listFolders(folder).flatMap((name) => listGroups(join(folder, name))), folder];
}

function readPids(folder: string): number[] {
  try {
    return readFileSync(join(folder, "cgroup.procs"), "utf8").split("\n").filter(Boolean).map(Number);
  } catch (error) {
    if (isGone(error)) return [];
    throw error;
  }
}

function writeState(folder: string, state: string): void {
  try {
    writeFileSync(join(folder, "freezer.state"), state);
  } catch (error) {
    if (!isGone(error)) throw error;
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

/** The daemon may be about to put a container there, or to take it away. */
async function removeGroups(folder: string): Promise<void> {
  await eventually(`the removal of ${folder}`, () => {
    for (const group of listGroups(folder)) {
      try {
        rmdirSync(group);
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "EBUSY") return false;
        if (!isGone(error)) throw error;
      }
    }
    return true;
  });
}

function isGone(error: unknown): boolean {
  return ["ENOENT", "ENODEV"].includes((error as NodeJS.ErrnoException).code ?? "");
}
