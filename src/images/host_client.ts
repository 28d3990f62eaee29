import { readFileSync } from "node:fs";
import { rootCertificates } from "node:tls";
import {
  type ClientObserver,
  type FindCredentials,
  openRegistryClient,
  type RegistryClient,
  type RegistryClientOptions,
} from "../../registry/mod.ts";
import { usualMinimumRate } from "../../registry/pull_through/pace.ts";
import type { Log } from "../runtime/log.ts";
import { ConfigError } from "./config/config.ts";
import { readConfiguredCredentials } from "./config/configured_credentials.ts";
import type { HostLimits } from "./config/host_limits.ts";
import type { RegistryAccess } from "./config/registry_rules.ts";
import { findRegistryCertificates, hostCredentials } from "./credentials/mod.ts";
import { isInsecure } from "./insecure_registries.ts";
import { readProxies } from "./proxies.ts";

/** What a client of this host takes. */
export interface HostClientOptions
  extends Pick<RegistryClientOptions, "scheme" | "namespace" | "retries" | "credentials" | "sessions"> {
  variables: Readonly<Record<string, string | undefined>>;
  log: Log;
  /** What the configuration says of the registry. */
  access?: RegistryAccess;
  /** What of it limits requests counts for all clients together that are given these. */
  limits?: HostLimits;
  /** Told of what the registry still allows. */
  onQuota?: ClientObserver["onQuota"];
}

/**
 * A client of a registry as this host is set up for it: as the configuration says, and where it says nothing with Docker's
 * credentials, certificates by its layout, and the proxies of the environment. Credentials that are given come before all others.
 * Throws ConfigError for a file of certificates that cannot be read.
 */
export function openHostClient(host: string, options: HostClientOptions): RegistryClient {
  return openRegistryClient(host, toClientOptions(host, options));
}

/** What such a client is opened with. Throws as `openHostClient()`. */
export function toClientOptions(host: string, options: HostClientOptions): RegistryClientOptions {
  const { variables, log, access, limits, onQuota, ...rest } = options;
  const { connect, headers, idle, rate } = access?.timeouts ?? {};
  const scheme = schemeOf(host, options);
  const shared = access && limits?.of(host, access.limits);
  return {
    ...rest,
    scheme,
    ...(shared && { limits: shared }),
    ...(connect === undefined ? {} : { connectTimeoutMs: connect }),
    ...(headers === undefined ? {} : { headersTimeoutMs: headers }),
    ...(idle === undefined ? {} : { idleTimeoutMs: idle }),
    ...(rate === undefined ? {} : { minimumRate: { ...usualMinimumRate, bytesPerSecond: rate } }),
    tls: {
      ...findRegistryCertificates(host),
      ...(access ? readTls(access) : {}),
      ...(scheme === "either" ? { verify: "nobody" } : {}),
    },
    downgrades: scheme === "either" ? "allowed" : "refused",
    proxyFor: readProxies(variables),
    credentials: inOrder(options.credentials, findCredentials(host, options)),
    observer: { onWarning: (text) => log.warn(`${host}: ${text}`), ...(onQuota && { onQuota }) },
  };
}

/**
 * How a host is talked to: as its address says, else as the configuration does, else by TLS; `either` where it may do without, by
 * TLS with any certificate or by none (contract B.9).
 */
export function schemeOf(
  host: string,
  { scheme, access }: Pick<HostClientOptions, "scheme" | "access">,
): "https" | "http" | "either" {
  if (scheme !== undefined) return scheme;
  const { off, ...tls } = access?.tls.value ?? {};
  if (off) return "http";
  if (Object.keys(tls).length > 0) return "https";
  const mayDoWithout = access ? access.transport === "either" : isInsecure(host, []);
  return mayDoWithout ? "either" : "https";
}

/** Credentials of the first that has some. */
function inOrder(first: FindCredentials | undefined, second: FindCredentials): FindCredentials {
  return async (repository) => (await first?.(repository)) ?? (await second(repository));
}

function findCredentials(host: string, { access, variables, log }: HostClientOptions): FindCredentials {
  const entry = access?.credentials.value;
  if (entry === undefined) return hostCredentials(host, { variables, log });
  return () => readConfiguredCredentials(entry, host, variables);
}

function readTls({ tls: { value, by }, source = "" }: RegistryAccess): RegistryClientOptions["tls"] {
  const read = (path: string) => {
    try {
      return readFileSync(path, "utf8");
    } catch (error) {
      const found = `"registries.${by}.tls" names "${path}", which cannot be read: ${(error as NodeJS.ErrnoException).code}`;
      throw new ConfigError(source, [found], { cause: error });
    }
  };
  const { ca, cert, key, insecure } = value;
  return {
    ...(ca === undefined ? {} : { ca: [...rootCertificates, read(ca)] }),
    ...(cert === undefined || key === undefined ? {} : { cert: read(cert), key: read(key) }),
    ...(insecure ? { verify: "nobody" as const } : {}),
  };
}
