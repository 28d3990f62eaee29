import { openRegistryClient, type RegistryClient, type RegistryClientOptions } from "../../registry/mod.ts";
import type { Log } from "../runtime/log.ts";
import { findRegistryCertificates, hostCredentials } from "./credentials/mod.ts";
import { isInsecure } from "./insecure_registries.ts";
import { readProxies } from "./proxies.ts";

/** What a client of this host takes. */
export interface HostClientOptions
  extends Pick<RegistryClientOptions, "scheme" | "namespace" | "retries" | "credentials"> {
  variables: Readonly<Record<string, string | undefined>>;
  log: Log;
  /** Registries that may do without TLS, as `host[:port]` or ranges of addresses; this machine may anyway. */
  insecure?: readonly string[];
}

/** A client of a registry as this host is set up for it: Docker's credentials and certificates, the proxies of the environment. */
export function openHostClient(host: string, options: HostClientOptions): RegistryClient {
  const { variables, log, insecure = [], ...rest } = options;
  const certificates = findRegistryCertificates(host);
  return openRegistryClient(host, {
    ...(isInsecure(host, insecure)
      ? { scheme: "either", tls: { ...certificates, verify: "nobody" }, downgrades: "allowed" }
      : { tls: certificates }),
    proxyFor: readProxies(variables),
    credentials: hostCredentials(host, { variables, log }),
    ...rest,
  });
}
