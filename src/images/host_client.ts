import {
  type ClientObserver,
  openRegistryClient,
  type RegistryClient,
  type RegistryClientOptions,
} from "../../registry/mod.ts";
import type { Log } from "../runtime/log.ts";
import { findRegistryCertificates, hostCredentials } from "./credentials/mod.ts";
import { isInsecure } from "./insecure_registries.ts";
import { readProxies } from "./proxies.ts";

/** What a client of this host takes. */
export interface HostClientOptions
  extends Pick<RegistryClientOptions, "scheme" | "namespace" | "retries" | "credentials" | "minimumRate"> {
  variables: Readonly<Record<string, string | undefined>>;
  log: Log;
  /** Registries that may do without TLS, as `host[:port]` or ranges of addresses; this machine may anyway. */
  insecure?: readonly string[];
  /** Told of what the registry still allows. */
  onQuota?: ClientObserver["onQuota"];
}

/** A client of a registry as this host is set up for it: Docker's credentials and certificates, the proxies of the environment. */
export function openHostClient(host: string, options: HostClientOptions): RegistryClient {
  const { variables, log, insecure = [], onQuota, ...rest } = options;
  const certificates = findRegistryCertificates(host);
  return openRegistryClient(host, {
    ...(isInsecure(host, insecure)
      ? { scheme: "either", tls: { ...certificates, verify: "nobody" }, downgrades: "allowed" }
      : { tls: certificates }),
    proxyFor: readProxies(variables),
    credentials: hostCredentials(host, { variables, log }),
    observer: {
      onWarning: (text) => log.warn(`${host}: ${text}`),
      ...(onQuota && { onQuota }),
    },
    ...rest,
  });
}
