import { execFile } from "node:child_process";
import { chmod, chown, mkdir } from "node:fs/promises";
import { basename, dirname, isAbsolute, relative, resolve } from "node:path";
import { promisify } from "node:util";
import { messageOf } from "../../../notation/thrown.ts";
import type { CommandInfo } from "../../protocol.ts";
import type { User } from "./containerizer.ts";

type Uri = CommandInfo["uris"][number];

/** Archives that are unpacked where they land, unless `extract` is off; `tar` knows their compression. */
const unpackable = /\.(tar|tgz|tar\.gz|tbz2|tar\.bz2|txz|tar\.xz)$/;

/** Archives that agents unpack and this one does not. */
const otherArchive = /\.(zip|gz)$/;

const run = promisify(execFile);

/**
 * Copies what a command names into the sandbox (contract A.1): files of this host alone. Throws on the first that
 * cannot be had, with the beginning of the agent's own message.
 */
export async function fetchUris(
  uris: readonly Uri[],
  sandbox: string,
  options: { containerId: string; user?: User; signal: AbortSignal },
): Promise<void> {
  for (const uri of uris) {
    options.signal.throwIfAborted();
    try {
      await fetchUri(uri, sandbox, options);
    } catch (cause) {
      const reason = messageOf(cause);
      const message = `Failed to fetch all URIs for container '${options.containerId}': '${uri.value}': ${reason}`;
      throw new Error(message, { cause });
    }
  }
}

async function fetchUri(uri: Uri, sandbox: string, options: { user?: User }): Promise<void> {
  const source = toLocalPath(uri.value.trim());
  const target = toTarget(uri, source, sandbox);
  await mkdir(dirname(target), { recursive: true });
  await copy(source, target);
  if (options.user) await chown(target, options.user.uid, options.user.gid);
  if (uri.executable) await chmod(target, 0o755);
  else if (uri.extract) await unpack(target, sandbox, options);
}

/**
 * By a process of its own, as agents do it: a descriptor of this process would be held for a moment by whatever is forked
 * meanwhile, and a file that somebody holds open for writing cannot be executed (ETXTBSY). A clone costs nothing where the
 * file system has clones; our own binary is over 100 MB.
 */
async function copy(source: string, target: string): Promise<void> {
  await run("cp", ["--reflink=auto", "--", source, target]);
}

function toLocalPath(value: string): string {
  const path = value.startsWith("file://") ? value.slice("file://".length) : value;
  if (isAbsolute(path)) return path;
  throw new Error("this agent fetches absolute paths and file:// alone");
}

function toTarget(uri: Uri, source: string, sandbox: string): string {
  const target = resolve(sandbox, uri.outputFile || basename(source));
  const inside = relative(sandbox, target);
  if (inside !== "" && !inside.startsWith("..") && !isAbsolute(uri.outputFile)) return target;
  throw new Error(`its output_file "${uri.outputFile}" is not inside of the sandbox`);
}

async function unpack(archive: string, sandbox: string, options: { user?: User }): Promise<void> {
  if (unpackable.test(archive)) await run("tar", ["-C", sandbox, "-xf", archive], options.user ?? {});
  else if (otherArchive.test(archive)) throw new Error("this agent unpacks tar archives alone; set extract to false");
}
