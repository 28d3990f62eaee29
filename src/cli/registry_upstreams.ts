import { InvalidArgumentError } from "commander";
import { type Pin, parsePin } from "../../registry/pull_through/pin.ts";
import type { UpstreamRoute } from "../../registry/pull_through/pull_through_registry.ts";
import type { Upstream } from "../../registry/pull_through/source.ts";
import type { TagPolicy } from "../../registry/pull_through/tag_policy.ts";
import { isRegistryError } from "../../registry/registry_error.ts";
import { ConfigFile } from "../images/config/config_file.ts";
import { HostLimits } from "../images/config/host_limits.ts";
import { accessTo } from "../images/config/registry_rules.ts";
import { openHostClient } from "../images/host_client.ts";
import { Sources } from "../images/resolve/sources.ts";
import type { Variables } from "../mesos/environment.ts";
import type { Log } from "../runtime/log.ts";
import { parseInterval } from "./flags.ts";

/** Registries whose images are pulled through: the beginning of their names here, and where they are had. */
export interface UpstreamFlag {
  /**
   * E.g. `docker.io`: images of it are `docker.io/library/app` here, or `library/app` with `?ns=docker.io`. `quay.io/org` has
   * sources of its own for those repositories of `quay.io`; the longest name that fits counts.
   */
  name: string;
  /** Mirrors, and last the registry itself; as the configuration says unless given. */
  sources?: readonly { scheme?: "http" | "https"; host: string }[];
}

/** `docker.io`, `docker.io=mirror:5000,docker.io`, `quay.io/org=mirror:5000,quay.io`, `lab=http://registry.lab:5000`. */
export function parseUpstream(text: string, before: readonly UpstreamFlag[] = []): UpstreamFlag[] {
  const [name = "", list] = text.split("=", 2);
  if (!/^[a-z0-9]+(?:[._/-][a-z0-9]+)*$/.test(name)) {
    throw new InvalidArgumentError(
      "Expected NAME[=SOURCE,…] with a name of small letters, digits, dots, dashes and slashes.",
    );
  }
  const sources = list?.split(",").map((source) => {
    const [, scheme, host = ""] = /^(?:(https?):\/\/)?([A-Za-z0-9.:[\]-]+)\/?$/.exec(source) ?? [];
    if (host === "") throw new InvalidArgumentError(`Expected a host as a source, found "${source}".`);
    return { host, ...(scheme === undefined ? {} : { scheme: scheme as "http" | "https" }) };
  });
  if (before.some((one) => one.name === name)) throw new InvalidArgumentError(`"${name}" is there twice.`);
  return [...before, { name, ...(sources ? { sources } : {}) }];
}

/** `fresh`, `pinned`, or how long a tag is taken from the store, such as `10mins`. */
export function parseTagPolicy(text: string): TagPolicy {
  if (text === "fresh" || text === "pinned") return { kind: text };
  try {
    return { kind: "cached", maximumAgeMs: parseInterval(text) };
  } catch (error) {
    if (!(error instanceof InvalidArgumentError)) throw error;
    throw new InvalidArgumentError(`Expected fresh, pinned or how long. ${error.message}`);
  }
}

/** `docker.io/library`, `docker.io/library/redis:7`, `docker.io/library/redis@sha256:…`. */
export function parsePinFlag(text: string, before: readonly Pin[] = []): Pin[] {
  try {
    return [...before, parsePin(text)];
  } catch (error) {
    if (!isRegistryError(error)) throw error;
    throw new InvalidArgumentError(`${error.message}.`);
  }
}

/** What pulling through takes of flags. */
export interface RouteOptions {
  upstreams: readonly UpstreamFlag[];
  /** For all tags; as the configuration says unless given. */
  tags?: TagPolicy;
  variables: Variables;
  log: Log;
}

/** Who asks here waits for an answer, and can be told to be patient instead of being kept waiting: five tries take ten seconds. */
const retries = { longestRetryAfterMs: 2000 };

/** The routes of all upstreams, and their clients, which are closed by disposing. Flags come before the configuration. */
export function openRoutes(
  options: RouteOptions,
): Disposable & { route: (repository: string) => UpstreamRoute | undefined } {
  const { upstreams, tags, variables, log } = options;
  const clients = new DisposableStack();
  const config = ConfigFile.open({ variables, log });
  const limits = new HostLimits();
  const sources = clients.use(new Sources({ config, variables, log, limits, retries }));
  const fixed = new Map(
    upstreams.map(
      (flag) => [flag.name, flag.sources && openFixed(flag.sources, { options, config, limits, clients })] as const,
    ),
  );
  return {
    route: (name) => {
      const flag = findLongest(name, fixed);
      if (flag === undefined) return undefined;
      const domain = firstPart(name);
      const repository = name.slice(domain.length + 1);
      const tagsOf = (tag: string) => sources.rulesOf({ domain, repository }).tagPolicyOf(tag).value;
      const opened = fixed.get(flag);
      const route = opened ? { repository, upstreams: opened } : sources.routeOf({ domain, repository });
      return { ...route, tags: tags ?? tagsOf };
    },
    [Symbol.dispose]: () => clients.dispose(),
  };
}

/** The longest of the names that a repository is below. */
function findLongest(repository: string, names: ReadonlyMap<string, unknown>): string | undefined {
  for (let end = repository.lastIndexOf("/"); end > 0; end = repository.lastIndexOf("/", end - 1)) {
    const name = repository.slice(0, end);
    if (names.has(name)) return name;
  }
  return undefined;
}

/** Sources that a flag names: how each is talked to is the configuration's to say all the same. */
function openFixed(
  sources: NonNullable<UpstreamFlag["sources"]>,
  parts: { options: RouteOptions; config: ConfigFile; limits: HostLimits; clients: DisposableStack },
): Upstream[] {
  const { options, config, limits, clients } = parts;
  const { variables, log } = options;
  return sources.map((source) => {
    const { host, scheme } = source;
    const origin = sources.at(-1) ?? source;
    const client = openHostClient(host, {
      ...{ variables, log, limits, access: accessTo(config.current, host, "") },
      ...(scheme ? { scheme } : {}),
      // Who has somewhere else to go does not wait for a mirror.
      ...(source === origin
        ? { retries }
        : { namespace: origin.host, retries: { ...retries, attempts: 2, firstDelayMs: 50 } }),
    });
    return { name: host, registry: clients.use(client) };
  });
}

/** The registries that upstreams belong to: what `?ns=` may say. */
export function namespacesOf(upstreams: readonly UpstreamFlag[]): ReadonlySet<string> {
  return new Set(upstreams.map(({ name }) => firstPart(name)));
}

/** The registry that a name here belongs to. */
export function firstPart(name: string): string {
  return name.split("/", 1)[0] ?? "";
}
