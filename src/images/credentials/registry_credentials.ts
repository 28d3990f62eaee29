import type { Credentials, FindCredentials } from "../../../registry/mod.ts";
import type { RegistryAuth } from "../../docker/mod.ts";
import type { Log } from "../../runtime/log.ts";
import { HelperAnswers } from "./helper_answers.ts";
import { findHostCredentials } from "./sources.ts";

/** What this host has for the repositories of a registry, as a registry's client takes it. */
export function hostCredentials(
  host: string,
  options: { variables: Readonly<Record<string, string | undefined>>; log: Log },
): FindCredentials {
  const { variables } = options;
  const answers = new HelperAnswers();
  const log = onceEach(options.log);
  return async (repository = "any") => {
    const ask = answers.ask.bind(answers);
    const auth = await findHostCredentials(`${host}/${repository}`, { variables }, { log, ask });
    return auth && toCredentials(auth);
  };
}

/** The same log, which warns once of what is found again for every repository. */
function onceEach(log: Log): Log {
  const told = new Set<string>();
  const warn: Log["warn"] = (message, fields) => {
    if (told.has(message)) return;
    told.add(message);
    log.warn(message, fields);
  };
  return { ...log, warn };
}

/** What the daemon would be given for a registry, as a registry's client takes it. */
export function toCredentials(auth: RegistryAuth): Credentials {
  switch (auth.kind) {
    case "password":
      return { kind: "basic", username: auth.username, password: auth.password };
    case "identity":
      return { kind: "refresh", token: auth.token };
    case "bearer":
      return { kind: "bearer", token: auth.token };
  }
}
