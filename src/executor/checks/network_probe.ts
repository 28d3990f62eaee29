import { messageOf } from "../../notation/thrown.ts";
import { canEnterNamespaces, connectInNamespace, readNetworkNamespace } from "../../runtime/namespace_socket.ts";
import type { Finding, Probe } from "./check_spec.ts";
import { type ProbeConnect, probeHttp, probeTcp } from "./http_probe.ts";
import { probeFromOutside } from "./outside_probe.ts";
import { connectHere } from "./own_connect.ts";

/** A probe that connects to a server. */
export type NetworkProbe = Exclude<Probe, { kind: "command" }>;

/**
 * Probes a server in the network namespace of a process: a container's own loopback address, which nobody else reaches.
 * Rejects only when the signal is aborted.
 */
export async function probeNetwork(
  probe: NetworkProbe,
  pid: number,
  options: { signal: AbortSignal },
): Promise<Finding> {
  try {
    if (readNetworkNamespace(pid) === readNetworkNamespace("self")) return await probeBy(probe, connectHere, options);
    if (!canEnterNamespaces()) return await probeFromOutside(probe, pid, options);
    return await probeBy(probe, (target, how) => connectInNamespace(pid, target, how), options);
  } catch (error) {
    options.signal.throwIfAborted();
    // E.g. the process has just ended.
    return { kind: "none", why: messageOf(error) };
  }
}

/** Probes a server by connections of some kind. */
export async function probeBy(
  probe: NetworkProbe,
  connect: ProbeConnect,
  options: { signal: AbortSignal },
): Promise<Finding> {
  return probe.kind === "tcp" ? await probeTcp(probe, connect, options) : await probeHttp(probe, connect, options);
}
