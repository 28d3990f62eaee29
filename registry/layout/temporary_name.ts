import { randomUUID } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { readProcessStart } from "./process_start.ts";

/** Files that are not whole yet begin so; what follows names the process that writes them. */
const temporaryPrefix = ".tmp-";

const uuid = "[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}";

/** The running kernel, where pids mean something; pid, and when the process of it began. Without them, who cannot be told from outside. */
const nameForm = new RegExp(`^\\.tmp-(?:([0-9a-f]{32}-\\d+)-(\\d+)-(\\d+)|${uuid})-${uuid}$`);

let own: string | undefined;

/** Of this process: what it writes is not what a crash has left. */
function ownMark(): string {
  own ??= readOwnMark();
  return own;
}

function readOwnMark(): string {
  try {
    // A /proc of another namespace has other pids than ours, and would tell of somebody else.
    if (readlinkSync("/proc/self") !== String(process.pid)) return randomUUID();
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "latin1").replace(/[^0-9a-f]/g, "");
    const namespace = readlinkSync("/proc/self/ns/pid").replace(/\D/g, "");
    return `${boot}-${namespace}-${process.pid}-${readProcessStart(process.pid)}`;
  } catch {
    // Without /proc, nobody can tell from outside whether this process is there.
    return randomUUID();
  }
}

/** A name for a file in `folder` that is renamed when it is whole. */
export function temporaryPath(folder: string): string {
  return join(folder, `${temporaryPrefix}${ownMark()}-${randomUUID()}`);
}

/** Whether a file is what another process has begun; in a folder that is locked, it has left it half written. */
export function isLeftOver(name: string): boolean {
  return name.startsWith(temporaryPrefix) && !name.startsWith(`${temporaryPrefix}${ownMark()}-`);
}

/** Whether a name is one of ours for files that are not whole yet, whoever writes it. */
export function isTemporary(name: string): boolean {
  return nameForm.test(name);
}

/**
 * Whether who writes such a file is there; `unknown` in another namespace of pids, and of another boot or host. Undefined for a name
 * that no process of ours gives: where others write as well, it is theirs.
 */
export function findWriter(name: string): "there" | "gone" | "unknown" | undefined {
  const found = nameForm.exec(name);
  if (!found) return undefined;
  const [, world, pid, start] = found;
  if (world === undefined || !ownMark().startsWith(`${world}-`)) return "unknown";
  return readProcessStart(Number(pid)) === start ? "there" : "gone";
}
