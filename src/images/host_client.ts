import { openRegistryClient, type RegistryClient, type RegistryClientOptions } from "../../registry/mod.ts";
import type { Log } from "../runtime/log.ts";
import { findRegistryCertificates, findRegistryCredentials } from "./credentials/mod.ts";

/** What a client of this host takes. */
export interface HostClientOptions extends Pick<RegistryClientOptions, "scheme" | "namespace" | "retries"> {
  variables: Readonly<Record<string, string | undefined>>;
  log: Log;
}

/** A client of a registry as this host is set up for it: with Docker's credentials, and certificates by its layout. */
export function openHostClient(host: string, options: HostClientOptions): RegistryClient {
  const { variables, log, ...rest } = options;
  return openRegistryClient(host, {
    ...rest,
    tls: findRegistryCertificates(host),
    credentials: () => findRegistryCredentials(host, { variables, log }),
  });
}
