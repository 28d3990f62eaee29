// A dockerd of a test's own, which may be killed, frozen and started again. It shares nothing with the machine's one.
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { chmod } from "node:fs/promises";
import { createConnection } from "node:net";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { type Engine, openEngine, parseEngineAddress } from "../../src/docker/mod.ts";
import { openFixture } from "../fakes/own_runtime.ts";
import { eventually } from "./eventually.ts";

/** Options of {@link openPrivateDaemon}. */
export interface PrivateDaemonOptions {
  /** A file system of its own for all that daemon and containerd keep; it goes with their namespace. */
  readonly disk?: { readonly bytes: number; readonly inodes: number };
  /** What goes into its daemon.json beside what it needs. */
  readonly configuration?: object;
}

/** What becomes of containers when their daemon ends. */
export type ContainerFate = "live on" | "end with it";

/** Plugins that a daemon for Docker alone does not need, and that write outside of its folders. */
const containerdConfiguration =
  'version = 2\ndisabled_plugins = ["io.containerd.grpc.v1.cri", "io.containerd.internal.v1.opt"]\n';

/**
 * A containerd, and a dockerd over it that has just been started. Both have a network namespace of their own, because
 * `--bridge=none` removes the docker0 of the namespace that it is in, and a mount namespace, with which every mount goes
 * that a killed daemon leaves. Containers can have network `none` only.
 */
export async function openPrivateDaemon(
  fate: ContainerFate,
  options: PrivateDaemonOptions = {},
): Promise<PrivateDaemon> {
  const folder = await openFixture();
  // Containers of other users look for files below it.
  await chmod(folder.path, 0o755);
  const daemon = new PrivateDaemon(folder.path, fate, options);
  await daemon.open();
  return daemon;
}

/** See {@link openPrivateDaemon}. Containers that run when it is closed are killed. */
export class PrivateDaemon implements AsyncDisposable {
  readonly engine: Engine;
  readonly #folder: string;
  readonly #fate: ContainerFate;
  readonly #options: PrivateDaemonOptions;
  #containerd: ChildProcess | undefined;
  #dockerd: ChildProcess | undefined;

  constructor(folder: string, fate: ContainerFate, options: PrivateDaemonOptions = {}) {
    this.#folder = folder;
    this.#fate = fate;
    this.#options = options;
    this.engine = openEngine(parseEngineAddress(`unix://${this.socketPath}`));
  }

  get socketPath(): string {
    return join(this.#folder, "docker.sock");
  }

  /** Folder of all that daemon and containerd keep, as it is seen from outside of their namespace. */
  get diskPath(): string {
    return `/proc/${this.#containerd?.pid}/root${this.#disk}`;
  }

  /** Words before a program that make it run in the daemon's network, whose loop-back is up then. */
  async inNetwork(): Promise<string[]> {
    const words = ["nsenter", "--net", "--target", String(this.#containerd?.pid)];
    const env = { PATH: `${process.env.PATH}:/usr/sbin:/sbin` };
    await promisify(execFile)(words[0] ?? "", [...words.slice(1), "ip", "link", "set", "lo", "up"], { env });
    return words;
  }

  get #disk(): string {
    return join(this.#folder, "disk");
  }

  get #containerdAddress(): string {
    return join(this.#folder, "containerd.sock");
  }

  /** Starts both. */
  async open(): Promise<void> {
    const at = (name: string) => join(this.#folder, name);
    writeFileSync(at("containerd.toml"), containerdConfiguration);
    const { configuration = {}, disk } = this.#options;
    writeFileSync(at("daemon.json"), JSON.stringify({ ...configuration, "live-restore": this.#fate === "live on" }));
    mkdirSync(this.#disk);
    if (disk) await makeFileSystem(at("disk.img"), disk);
    const places = [
      "--root",
      join(this.#disk, "containerd"),
      "--state",
      at("containerd-state"),
      "--address",
      this.#containerdAddress,
    ];
    const args = ["--config", at("containerd.toml"), ...places];
    const mount = disk ? ["sh", "-c", 'mount -o loop "$0" "$1" && shift && exec "$@"', at("disk.img"), this.#disk] : [];
    this.#containerd = this.#spawn("unshare", ["--net", "--mount", ...mount, "containerd", ...args]);
    await this.#listens(this.#containerdAddress, this.#containerd);
    await this.start();
  }

  /** Starts dockerd, or starts it again, and waits until it answers. */
  async start(): Promise<void> {
    const at = (name: string) => join(this.#folder, name);
    const places = ["--data-root", join(this.#disk, "data"), "--exec-root", at("exec"), "--pidfile", at("dockerd.pid")];
    const ways = ["--host", `unix://${this.socketPath}`, "--containerd", this.#containerdAddress];
    const network = ["--bridge=none", "--iptables=false", "--ip6tables=false", "--ip-forward=false"];
    const args = ["--config-file", at("daemon.json"), ...places, ...ways, ...network];
    const namespaces = ["--target", String(this.#containerd?.pid), "--net", "--mount"];
    this.#dockerd = this.#spawn("nsenter", [...namespaces, "dockerd", ...args]);
    await this.#listens(this.socketPath, this.#dockerd);
    // It listens before it has taken its containers up again, and answers then.
    await this.engine.info();
  }

  /** Kills dockerd, which has no time to do anything. */
  async kill(): Promise<void> {
    await end(this.#dockerd, "SIGKILL");
  }

  /** Lets dockerd hang: it takes connections and never answers. */
  freeze(): void {
    this.#dockerd?.kill("SIGSTOP");
  }

  /** Ends {@link freeze}. */
  thaw(): void {
    this.#dockerd?.kill("SIGCONT");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.engine[Symbol.asyncDispose]();
    this.thaw();
    await end(this.#dockerd, "SIGTERM");
    await end(this.#containerd, "SIGTERM");
    // A shim that outlives both has a container still.
    for (const pid of findShims(this.#containerdAddress)) {
      for (const child of findChildren(pid)) process.kill(child, "SIGKILL");
      process.kill(pid, "SIGKILL");
    }
    await eventually("the end of the daemon's containers", () => findShims(this.#containerdAddress).length === 0);
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #spawn(program: string, args: readonly string[]): ChildProcess {
    const log = openSync(join(this.#folder, "daemon.log"), "a");
    // No proxy, token or address of this process may reach it.
    const env = { PATH: `${process.env.PATH}:/usr/sbin:/sbin` };
    // Neither outlives a run of tests that is killed.
    const words = ["--pdeathsig", "KILL", program, ...args];
    const child = spawn("setpriv", words, { stdio: ["ignore", log, log], env, cwd: "/" });
    closeSync(log);
    return child;
  }

  async #listens(path: string, child: ChildProcess): Promise<void> {
    await eventually(`a listener at ${path}`, async () => {
      if (child.exitCode !== null || child.signalCode !== null) {
        throw new Error(
          `Cannot start a daemon: ${readFileSync(join(this.#folder, "daemon.log"), "utf8").slice(-2000)}`,
        );
      }
      return await isListening(path);
    });
  }
}

/** Without a journal and room for root, so that nearly all of it can be filled. */
async function makeFileSystem(path: string, { bytes, inodes }: { bytes: number; inodes: number }): Promise<void> {
  await promisify(execFile)("truncate", ["--size", String(bytes), path]);
  const env = { PATH: `${process.env.PATH}:/usr/sbin:/sbin` };
  await promisify(execFile)("mkfs.ext4", ["-q", "-O", "^has_journal", "-m", "0", "-N", String(inodes), path], { env });
}

async function isListening(path: string): Promise<boolean> {
  const socket = createConnection({ path });
  try {
    await once(socket, "connect");
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

async function end(child: ChildProcess | undefined, signal: "SIGTERM" | "SIGKILL"): Promise<void> {
  if (!child || child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill(signal);
  await ended;
}

/** Pids of the shims that report to a containerd. */
function findShims(address: string): number[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => {
    const words = readProcessFile(pid, "cmdline").split("\0");
    return /containerd-shim/.test(words[0] ?? "") && words.includes(address);
  });
}

function findChildren(pid: number): number[] {
  const text = readProcessFile(pid, `task/${pid}/children`);
  return text
    .split(" ")
    .filter((word) => word !== "")
    .map(Number);
}

/** Empty for a process that has ended meanwhile. */
export function readProcessFile(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, "utf8");
  } catch (error) {
    if (["ENOENT", "ESRCH"].includes((error as NodeJS.ErrnoException).code ?? "")) return "";
    throw error;
  }
}
