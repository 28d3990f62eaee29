import { existsSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { findFreePorts } from "../../../src/runtime/free_ports.ts";
import type { Bench } from "../row.ts";

/** A registry that serves in a process of its own, with its content in a folder; disposing of it removes both. */
export interface RegistryProcess extends AsyncDisposable {
  /** Host and port, on the loopback. */
  readonly host: string;
  readonly pid: number;
}

/** Where Debian's packages have the peers. */
const peers = {
  registry: "/usr/bin/docker-registry",
  skopeo: "/usr/bin/skopeo",
  docker: "/usr/bin/docker",
  curl: "/usr/bin/curl",
} as const;

/** How long a registry may take to listen. */
const patienceMs = 20_000;
const pollMs = 20;

/** `docker-registry` of Debian: the reference implementation, `distribution`. With `proxyOf`, its pull-through cache. */
export async function servePeer(bench: Bench, options: { proxyOf?: string } = {}): Promise<RegistryProcess> {
  const program = requirePeer("registry");
  const folder = await mkdtemp(join(bench.workDir, "peer-registry-"));
  const host = await chooseAddress();
  const config = join(folder, "config.yml");
  const proxy = options.proxyOf === undefined ? "" : `proxy: { remoteurl: "http://${options.proxyOf}" }\n`;
  const storage = `storage: { filesystem: { rootdirectory: "${folder}" }, delete: { enabled: true } }`;
  await writeFile(config, `version: 0.1\nlog: { level: error, accesslog: { disabled: true } }\n${storage}\n`);
  await writeFile(config, `http: { addr: "${host}" }\n${proxy}`, { flag: "a" });
  return await serve(bench, { argv: [program, "serve", config], folder, host });
}

/** The program's own `registry serve`. */
export async function serveOurs(bench: Bench, args: readonly string[] = []): Promise<RegistryProcess> {
  const folder = await mkdtemp(join(bench.workDir, "our-registry-"));
  const host = await chooseAddress();
  const argv = [bench.binary, "registry", "serve", "--listen", host, "--store", join(folder, "store"), ...args];
  return await serve(bench, { argv, folder, host });
}

/** Path of a peer; throws with what to install. */
export function requirePeer(name: keyof typeof peers): string {
  const path = peers[name];
  if (existsSync(path)) return path;
  throw new Error(`"${path}" is not there; apt-get install docker.io docker-registry skopeo curl`);
}

/** The peer cannot be asked which port it took. */
async function chooseAddress(): Promise<string> {
  const range = { begin: 20_000, end: 29_999 };
  const [port] = await findFreePorts(1, range, { from: range.begin + Math.floor(Math.random() * 10_000) });
  if (port === undefined) throw new Error(`No port is free from ${range.begin} to ${range.end}`);
  return `127.0.0.1:${port}`;
}

async function serve(
  { signal }: Bench,
  { argv, folder, host }: { argv: string[]; folder: string; host: string },
): Promise<RegistryProcess> {
  const child = Bun.spawn(argv, { cwd: folder, stdin: "ignore", stdout: "ignore", stderr: "pipe" });
  const end = async () => {
    child.kill("SIGTERM");
    await child.exited;
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await waitUntilItListens(host, AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]), child);
  } catch (error) {
    const said = child.exitCode === null ? "" : `: ${await new Response(child.stderr).text()}`;
    await end();
    throw new Error(`Cannot serve with "${argv[0]}"${said}`, { cause: error });
  }
  return { host, pid: child.pid, [Symbol.asyncDispose]: end };
}

async function waitUntilItListens(
  host: string,
  signal: AbortSignal,
  child: { readonly exitCode: number | null },
): Promise<void> {
  while (child.exitCode === null) {
    signal.throwIfAborted();
    const answer = await fetch(`http://${host}/v2/`, { signal }).catch(() => undefined);
    if (answer?.ok) return;
    await Bun.sleep(pollMs);
  }
  throw new Error("it ended");
}
