import { once } from "node:events";
import { connect } from "node:net";
import { readProxies } from "../images/proxies.ts";
import { messageOf } from "../notation/thrown.ts";
import { type Finding, failure, well } from "./finding.ts";
import type { RegistryPlace } from "./registry_places.ts";

const about = "proxies";

/** Somebody waits for the findings. */
const patienceMs = 5000;

/** Which registries are reached through a proxy of the environment, and whether anybody listens there. */
export async function examineProxies(
  places: readonly RegistryPlace[],
  { variables, signal }: { variables: Readonly<Record<string, string | undefined>>; signal: AbortSignal },
): Promise<Finding> {
  const ways: string[] = [];
  const proxies = new Map<string, URL>();
  try {
    const proxyFor = readProxies(variables);
    for (const { host, scheme = "https" } of places) {
      const proxy = proxyFor(new URL(`${scheme}://${host}`));
      if (proxy === undefined) continue;
      proxies.set(proxy.host, proxy);
      // Its user and password are nobody's business.
      ways.push(`${host} through ${proxy.protocol}//${proxy.host}`);
    }
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return failure(about, error.message, "mend the variable where agent and commands are started");
  }
  const faults = (await Promise.all([...proxies.values()].map((proxy) => knock(proxy, signal)))).flat();
  if (faults.length > 0) {
    const mend = "mend HTTP_PROXY or HTTPS_PROXY where agent and commands are started, or start the proxy";
    return failure(about, faults.join("; "), mend);
  }
  return well(about, ways.length === 0 ? "none on the way to registries" : ways.join(", "));
}

/** What keeps us from a proxy. */
async function knock(proxy: URL, signal: AbortSignal): Promise<string[]> {
  const { protocol, host, hostname, port } = proxy;
  const within = AbortSignal.any([signal, AbortSignal.timeout(patienceMs)]);
  const socket = connect({
    host: hostname.replace(/^\[|\]$/g, ""),
    port: Number(port) || (protocol === "https:" ? 443 : 80),
  });
  try {
    await once(socket, "connect", { signal: within });
    return [];
  } catch (error) {
    signal.throwIfAborted();
    const found = within.aborted ? `no answer in ${patienceMs / 1000} s` : messageOf(error);
    return [`Cannot reach the proxy "${host}": ${found}`];
  } finally {
    socket.destroy();
  }
}
