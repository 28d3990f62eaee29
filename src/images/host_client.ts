import { openRegistryClient, type RegistryClient, type RegistryClientOptions } from "../../registry/mod.ts";
import type { Log } from "../runtime/log.ts";
import { findRegistryCertificates, hostCredentials } from "./credentials/mod.ts";
import { readProxies } from "./proxies.ts";

/** What a client of this host takes. */
export interface HostClientOptions
  extends Pick<RegistryClientOptions, "scheme" | "namespace" | "retries" | "credentials"> {
  variables: Readonly<Record<string, string | undefined>>;
  log: Log;
}

/** A client of a registry as this host is set up for it: Docker's credentials and certificates, the proxies of the environment. */
export function openHostClient(host: string, options: HostClientOptions): RegistryClient {
  const { variables, log, ...rest } = options;
  return openRegistryClient(host, {
    tls: findRegistryCertificates(host),
    proxyFor: readProxies(variables),
    credentials: hostCredentials(host, { variables, log }),
    ...rest,
  });
}
