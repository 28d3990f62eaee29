import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { ownCommand, probeCommand } from "../../runtime/own_command.ts";
import type { Finding } from "./check_spec.ts";
import type { NetworkProbe } from "./network_probe.ts";

/**
 * Makes a probe by a process of its own in the network namespace of another: for runtimes whose threads cannot enter one. It
 * takes nsenter, of util-linux.
 */
export async function probeFromOutside(
  probe: NetworkProbe,
  pid: number,
  { signal }: { signal: AbortSignal },
): Promise<Finding> {
  const words = [`--net=/proc/${pid}/ns/net`, ...ownCommand(), probeCommand, JSON.stringify(probe)];
  try {
    const { stdout } = await promisify(execFile)("nsenter", words, { signal, killSignal: "SIGKILL" });
    return JSON.parse(stdout);
  } catch (error) {
    signal.throwIfAborted();
    const { code, message } = error as NodeJS.ErrnoException;
    const found = code === "ENOENT" ? "the host has no nsenter" : message;
    return { kind: "none", why: `the container's network cannot be entered: ${found}` };
  }
}
