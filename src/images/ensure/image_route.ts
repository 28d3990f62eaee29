import type { Reference, Upstream } from "../../../registry/mod.ts";
import type { RegistryAuth } from "../../docker/mod.ts";
import type { Log } from "../../runtime/log.ts";
import { toCredentials } from "../credentials/mod.ts";
import { openHostClient } from "../host_client.ts";

/** Where an image can be had, and under which name there. Disposing of it closes the connections. */
export interface ImageRoute extends Disposable {
  readonly repository: string;
  /** Mirrors in the order of preference, and last the registry itself. */
  readonly upstreams: readonly Upstream[];
  /** Whether the daemon may fetch the image by itself, from where its own configuration says, when we cannot. */
  readonly direct: "allowed" | "forbidden";
}

/** What a route of this host is made with. */
export interface RouteParts {
  readonly variables: Readonly<Record<string, string | undefined>>;
  readonly log: Log;
  /** What the daemon would be given for the image. */
  readonly findAuth: () => Promise<RegistryAuth | undefined>;
}

/** The registry that an image's name says, by the certificates and proxies of this host. */
export function openOwnRoute({ domain, repository }: Reference, { findAuth, ...parts }: RouteParts): ImageRoute {
  const credentials = async () => {
    const auth = await findAuth();
    return auth && toCredentials(auth);
  };
  const client = openHostClient(domain, { ...parts, credentials });
  return {
    repository,
    upstreams: [{ name: domain, registry: client }],
    direct: "allowed",
    [Symbol.dispose]: () => client[Symbol.dispose](),
  };
}
