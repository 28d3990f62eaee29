import { InvalidArgumentError } from "commander";
import type { UpstreamRoute } from "../../registry/pull_through/pull_through_registry.ts";
import type { Upstream } from "../../registry/pull_through/source.ts";
import type { TagPolicy } from "../../registry/pull_through/tag_policy.ts";
import { openHostClient } from "../images/host_client.ts";
import type { Variables } from "../mesos/environment.ts";
import type { Log } from "../runtime/log.ts";
import { parseInterval } from "./flags.ts";

/** Registries whose images are pulled through: the first part of their names here, and where they are had. */
export interface UpstreamFlag {
  /** E.g. `docker.io`: images of it are `docker.io/library/app` here, or `library/app` with `?ns=docker.io`. */
  name: string;
  /** Mirrors, and last the registry itself. */
  sources: readonly { scheme?: "http" | "https"; host: string }[];
}

/** `docker.io`, `docker.io=mirror:5000,docker.io`, `lab=http://registry.lab:5000`. */
export function parseUpstream(text: string, before: readonly UpstreamFlag[] = []): UpstreamFlag[] {
  const [name = "", list = name] = text.split("=", 2);
  if (!/^[a-z0-9]+(?:[._-][a-z0-9]+)*$/.test(name)) {
    throw new InvalidArgumentError("Expected NAME[=SOURCE,…] with a name of small letters, digits, dots and dashes.");
  }
  const sources = list.split(",").map((source) => {
    const [, scheme, host = ""] = /^(?:(https?):\/\/)?([A-Za-z0-9.:[\]-]+)\/?$/.exec(source) ?? [];
    if (host === "") throw new InvalidArgumentError(`Expected a host as a source, found "${source}".`);
    return { host, ...(scheme === undefined ? {} : { scheme: scheme as "http" | "https" }) };
  });
  if (before.some((one) => one.name === name)) throw new InvalidArgumentError(`"${name}" is there twice.`);
  return [...before, { name, sources }];
}

/** `fresh`, `pinned`, or how long a tag is taken from the store, such as `10mins`. */
export function parseTagPolicy(text: string): TagPolicy {
  if (text === "fresh" || text === "pinned") return { kind: text };
  return { kind: "cached", maximumAgeMs: parseInterval(text) };
}

/** What pulling through takes of flags. */
export interface RouteOptions {
  upstreams: readonly UpstreamFlag[];
  tags: TagPolicy;
  variables: Variables;
  log: Log;
}

/** The routes of all upstreams, and their clients, which are closed by disposing. */
export function openRoutes(
  options: RouteOptions,
): Disposable & { route: (repository: string) => UpstreamRoute | undefined } {
  const clients = new DisposableStack();
  const routes = new Map(
    options.upstreams.map(({ name, sources }) => {
      const upstreams = sources.map((source): Upstream => {
        const origin = sources.at(-1) ?? source;
        const client = openHostClient(source.host, {
          variables: options.variables,
          log: options.log,
          ...(source.scheme ? { scheme: source.scheme } : {}),
          // Who has somewhere else to go does not wait for a mirror.
          ...(source === origin ? {} : { namespace: origin.host, retries: { attempts: 2, firstDelayMs: 50 } }),
        });
        clients.use(client);
        return { name: source.host, registry: client };
      });
      return [name, upstreams] as const;
    }),
  );
  return {
    route: (repository) => {
      const slash = repository.indexOf("/");
      const upstreams = slash < 0 ? undefined : routes.get(repository.slice(0, slash));
      return upstreams && { repository: repository.slice(slash + 1), upstreams, tags: options.tags };
    },
    [Symbol.dispose]: () => clients.dispose(),
  };
}
