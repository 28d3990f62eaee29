import type { Reference } from "../../../registry/mod.ts";
import type { RegistryAuth } from "../../docker/mod.ts";
import type { Log } from "../../runtime/log.ts";
import type { ConfigFile } from "../config/config_file.ts";
import type { HostLimits } from "../config/host_limits.ts";
import { toCredentials } from "../credentials/mod.ts";
import { Sources } from "../resolve/sources.ts";
import { type ImageRoute, toRoute } from "./image_route.ts";

/** What a route of this host is made with. */
export interface RouteParts {
  readonly config: ConfigFile;
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly log: Log;
  /** Shared by the routes of all images. */
  readonly limits: HostLimits;
  /** Credentials for an image of the registry itself; without, those of this host. */
  readonly findAuth?: (reference: Reference) => Promise<RegistryAuth | undefined>;
}

/**
 * Where an image can be had by the configuration of this host. Credentials that are given are for the registry itself, and for this
 * image alone: no two routes share a client. Throws RegistryError `DENIED`.
 */
export function openHostRoute(
  reference: Reference,
  { config, findAuth, variables, log, limits }: RouteParts,
): ImageRoute {
  const credentials = async (host: string) => {
    if (host !== reference.domain) return undefined;
    const auth = await findAuth?.(reference);
    return auth && toCredentials(auth);
  };
  const sources = new Sources({ config, variables, log, limits, credentials });
  const route = toRoute(reference, sources.candidatesOf(reference));
  const tags = sources.rulesOf(reference).tagPolicyOf(reference.tag ?? "latest").value;
  return { ...route, tags, [Symbol.dispose]: () => sources[Symbol.dispose]() };
}
