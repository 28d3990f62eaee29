import process from "node:process";
import { openLayoutRegistry } from "../../registry/layout/layout_registry.ts";
import { MemoryStorage } from "../../registry/memory/memory_storage.ts";
import {
  allowList,
  type Converted,
  type Registry,
  readOnly,
  schema2,
  withDefaultUpstream,
  withQuotas,
} from "../../registry/mod.ts";
import type { Served } from "../../registry/server/exchange.ts";
import { openRegistryServer } from "../../registry/server/open_registry_server.ts";
import type { ServeOptions } from "../../registry/server/serve_registry.ts";
import { StoreRegistry } from "../../registry/store/store_registry.ts";
import { subRegistry } from "../../registry/sub_registry.ts";
import { toLoggedUrl } from "../images/serving/access_line.ts";
import type { ServingWatch } from "../images/serving/serving_watch.ts";
import { sleep, systemClock } from "../runtime/clock.ts";
import { ownPlatform } from "../runtime/own_platform.ts";
import type { CommandContext } from "./command_line.ts";
import { exitCodes } from "./exit_code.ts";
import { openInterruption } from "./interruption.ts";
import type { ServeFlags } from "./registry.ts";
import { openCache } from "./registry_cache.ts";
import { namespacesOf } from "./registry_upstreams.ts";
import { openWatch } from "./registry_watch.ts";
import { readTls } from "./serve_tls.ts";
import { UsageError } from "./usage_error.ts";

/** `mesos-docker registry serve`: a line on stdout when it listens; ends by SIGTERM or SIGINT. */
export async function serve(flags: ServeFlags, { log, variables }: CommandContext): Promise<number> {
  using interruption = openInterruption();
  const tls = await readTls(flags);
  await using resources = new AsyncDisposableStack();
  const store = await openStore(flags, resources);
  const { watch, beside } = await openWatch(flags, store, { log, variables }, resources);
  const whole = await openCache(store, flags, watch.observer, { log, variables }, resources);
  const platform = flags.schema2Platform ?? ownPlatform();
  const onConverted = (converted: Converted) => logConverted(log, converted);
  const converting = resources.use(schema2(limit(whole, store, flags), { store, platform, onConverted }));
  const registry = filter(converting, flags);
  const admit = await openGate(flags, log);
  const names = namespacesOf(flags.upstream);
  const server = await openRegistryServer(withDefault(registry, flags.defaultUpstream, [...names]), {
    ...flags.listen,
    ...(tls && { tls }),
    // Another registry's namespace is not the default upstream's.
    forNamespace: (namespace) => (names.has(namespace) ? subRegistry(registry, namespace) : registry),
    ...(admit && { admit }),
    ...(flags.maxRequests === undefined ? {} : { maximumRequests: flags.maxRequests }),
    beside,
    onBegun: (exchange) => watch.begun(exchange),
    onServed: (served, exchange) => {
      watch.served(served, exchange);
      logServed(log, served);
    },
  });
  resources.use(server);
  process.stdout.write(`registry at ${server.url.origin}, images in ${flags.store ?? "memory"}\n`);
  await collectUntil(store, flags.gcInterval, watch, log, interruption.signal);
  const { running } = watch.transfers;
  if (running > 0) log.warn("waiting a while for requests that run; another signal ends them", { requests: running });
  interruption.again.addEventListener("abort", () => server.hurry());
  if (interruption.again.aborted) server.hurry();
  return exitCodes.done;
}

/** What pushes may fill. */
function limit(whole: Registry, { usage }: StoreRegistry, { quota, repositoryQuota }: ServeFlags): Registry {
  if (quota === undefined && repositoryQuota === undefined) return whole;
  return withQuotas(whole, usage, {
    ...(quota === undefined ? {} : { storeBytes: quota }),
    ...(repositoryQuota === undefined ? {} : { repositoryBytes: repositoryQuota }),
  });
}

/** What clients may see and do of a registry. */
function filter(whole: Registry, flags: ServeFlags): Registry {
  const allowed = flags.allow.length === 0 ? whole : allowList(whole, flags.allow);
  return flags.readOnly ? readOnly(allowed) : allowed;
}

/** What names mean that say no upstream. */
function withDefault(registry: Registry, name: string | undefined, upstreams: readonly string[]): Registry {
  if (name === undefined) return registry;
  if (upstreams.includes(name)) return withDefaultUpstream(registry, name, upstreams);
  throw new UsageError(`Cannot have "--default-upstream ${name}": expected one that is named by "--upstream"`);
}

/** Who is admitted; undefined for everybody. */
async function openGate({ htpasswd }: ServeFlags, log: CommandContext["log"]): Promise<ServeOptions["admit"]> {
  if (htpasswd === undefined) return undefined;
  const { PasswordFile } = await import("../images/access/password_file.ts");
  const file = await PasswordFile.open(htpasswd, log);
  return (authorization) => file.admit(authorization);
}

async function openStore(
  { store, memory, upstream }: ServeFlags,
  resources: AsyncDisposableStack,
): Promise<StoreRegistry> {
  if ((store === undefined) === (memory === undefined)) {
    throw new UsageError('Cannot serve a registry: expected either "--store <folder>" or "--memory"');
  }
  // A manifest that is pulled through comes before its blobs.
  const checks = upstream.length > 0 ? ({ checks: "nothing" } as const) : {};
  if (store === undefined) return new StoreRegistry(new MemoryStorage(), checks);
  return resources.use(await openLayoutRegistry(store, checks));
}

/** Collects garbage now and then until the end is asked for. A collection that fails is tried again the next time. */
async function collectUntil(
  registry: StoreRegistry,
  intervalMs: number,
  watch: ServingWatch,
  log: CommandContext["log"],
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await sleep(systemClock, intervalMs, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    try {
      const collected = await registry.collectGarbage({ signal });
      watch.collected(collected);
      const { passedOver, ...done } = collected;
      for (const { repository, error } of passedOver)
        log.error("cannot collect garbage", { repository, error: error.message });
      log.info("collected garbage", done);
    } catch (error) {
      if (signal.aborted) return;
      watch.collected(undefined);
      log.error("cannot collect garbage", { error: String(error) });
    }
  }
}

function logServed(log: CommandContext["log"], served: Served): void {
  const { method, status, sentBytes, durationMs, outcome, request } = served;
  const line = {
    method,
    url: toLoggedUrl(served.url),
    kind: request?.kind,
    status,
    sentBytes,
    ms: Math.round(durationMs),
    outcome,
    error: served.fault,
  };
  if (status >= 500) log.warn("served", line);
  else log.info("served", line);
}

function logConverted(log: CommandContext["log"], { error, ...converted }: Converted): void {
  if (error === undefined) log.info("converted", { ...converted });
  else log.warn("cannot convert", { ...converted, error: String(error) });
}
