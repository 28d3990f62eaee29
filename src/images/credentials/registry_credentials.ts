import type { Credentials } from "../../../registry/mod.ts";
import type { RegistryAuth } from "../../docker/mod.ts";
import type { Log } from "../../runtime/log.ts";
import { findHostCredentials } from "./sources.ts";

/** What Docker's own configuration on this host has for a registry, as a registry's client takes it. */
export async function findRegistryCredentials(
  host: string,
  options: { variables: Readonly<Record<string, string | undefined>>; log: Log },
): Promise<Credentials | undefined> {
  const auth = await findHostCredentials(`${host}/any`, { variables: options.variables }, { log: options.log });
  return auth && toCredentials(auth);
}

function toCredentials(auth: RegistryAuth): Credentials {
  switch (auth.kind) {
    case "password":
      return { kind: "basic", username: auth.username, password: auth.password };
    case "identity":
      return { kind: "refresh", token: auth.token };
    case "bearer":
      return { kind: "bearer", token: auth.token };
  }
}
