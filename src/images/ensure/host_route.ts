import type { Reference } from "../../../registry/mod.ts";
import { ConfigFile } from "../config/config_file.ts";
import { toCredentials } from "../credentials/mod.ts";
import { Sources } from "../resolve/sources.ts";
import type { ImageRoute, RouteParts } from "./image_route.ts";

/**
 * Where an image can be had by the configuration of this host: mirrors in their order, and the registry itself unless the
 * configuration keeps it out. Credentials that are given are for the registry itself. Throws RegistryError `DENIED`, ConfigError.
 */
export function openHostRoute(
  reference: Reference,
  { findAuth, variables, log, sandbox }: RouteParts & { readonly sandbox?: string },
): ImageRoute {
  const config = ConfigFile.open({ variables, log, ...(sandbox === undefined ? {} : { sandbox }) });
  const credentials = async (host: string) => {
    const auth = host === reference.domain ? await findAuth() : undefined;
    return auth && toCredentials(auth);
  };
  const sources = new Sources({ config, variables, log, credentials });
  const candidates = sources.candidatesOf(reference);
  return {
    repository: reference.repository,
    upstreams: candidates.map(({ upstream }) => upstream),
    // The daemon would ask the registry itself.
    direct: candidates.some(({ role }) => role === "registry") ? "allowed" : "forbidden",
    [Symbol.dispose]: () => sources[Symbol.dispose](),
  };
}
