import type { Reference } from "../../../registry/mod.ts";
import type { RegistryAuth } from "../../docker/mod.ts";
import { readConfiguredAuth } from "../config/configured_credentials.ts";
import { accessTo } from "../config/registry_rules.ts";
import type { RouteParts } from "./host_route.ts";

/** What credentials for a daemon are found with. */
export interface DirectAuthParts extends Pick<RouteParts, "config" | "variables"> {
  /** Credentials that a task has brought along for the image, where there is a task. */
  readonly findTaskAuth?: () => Promise<RegistryAuth | undefined>;
  /** Credentials for it from anywhere but the configuration. */
  readonly findAuth: () => Promise<RegistryAuth | undefined>;
}

/**
 * What a daemon is given that fetches an image by itself: as for our own clients, what the configuration says of the registry comes
 * before all but a task's own (images contract C.3). Throws CredentialsError, and what looking for others does.
 */
export async function findDirectAuth(
  { domain, repository }: Reference,
  { config, variables, findTaskAuth, findAuth }: DirectAuthParts,
): Promise<RegistryAuth | undefined> {
  const { value: configured } = accessTo(config.current, domain, repository).credentials;
  if (configured === undefined) return await findAuth();
  return (await findTaskAuth?.()) ?? (await readConfiguredAuth(configured, domain, variables));
}
