import { isAbsolute, join } from "node:path";
import process from "node:process";
import { CredentialsError } from "./credentials_error.ts";

type Variables = Readonly<Record<string, string | undefined>>;

/** What of a file counts: Docker's own names helpers and has entries, podman's no helper for all, the oldest entries alone. */
export type Section = "credHelpers" | "credsStore" | "auths";

/** A file of this host that may hold credentials. */
export interface HostFile {
  readonly path: string;
  readonly sections: readonly Section[];
}

/** The files of this host in the order in which they count (images contract C.1, C.3); those without a path are left out. */
export function listHostFiles(variables: Variables): HostFile[] {
  const { HOME: home, REGISTRY_AUTH_FILE: named } = variables;
  const docker = findDockerConfig(variables);
  const user = process.getuid?.() ?? 0;
  const runtime = variables.XDG_RUNTIME_DIR || `/run/containers/${user}`;
  return [
    ...(docker === undefined ? [] : [{ path: docker, sections: ["credHelpers", "credsStore", "auths"] as const }]),
    ...(home ? [{ path: join(home, ".dockercfg"), sections: ["auths"] as const }] : []),
    {
      path: named || join(runtime, variables.XDG_RUNTIME_DIR ? "containers" : "", "auth.json"),
      sections: ["credHelpers", "auths"],
    },
  ];
}

/** Docker's own file: in DOCKER_CONFIG, else in the home; undefined where neither is said. */
export function findDockerConfig({ DOCKER_CONFIG: folder, HOME: home }: Variables): string | undefined {
  const place = folder || (home && join(home, ".docker"));
  return place ? join(place, "config.json") : undefined;
}

/** Throws for a relative path: it would lie in the sandbox. */
export function assertAbsolute(path: string): void {
  if (!isAbsolute(path)) throw new CredentialsError("unreadable", `Cannot read "${path}": the path is not absolute`);
}
