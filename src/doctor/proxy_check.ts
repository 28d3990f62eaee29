import { readProxies } from "../images/proxies.ts";
import { type Finding, failure, well } from "./finding.ts";
import type { RegistryPlace } from "./registry_places.ts";

/** Which registries are reached through a proxy of the environment. */
export function examineProxies(
  places: readonly RegistryPlace[],
  variables: Readonly<Record<string, string | undefined>>,
): Finding {
  const about = "proxies";
  try {
    const proxyFor = readProxies(variables);
    const ways = places.flatMap(({ host, scheme = "https" }) => {
      const proxy = proxyFor(new URL(`${scheme}://${host}`));
      // Its user and password are nobody's business.
      return proxy ? [`${host} through ${proxy.protocol}//${proxy.host}`] : [];
    });
    return well(about, ways.length === 0 ? "none on the way to registries" : ways.join(", "));
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return failure(about, error.message, "mend the variable where agent and commands are started");
  }
}
