import { readFile } from "node:fs/promises";
import process from "node:process";
import { openLayoutRegistry } from "../../registry/layout/layout_registry.ts";
import { MemoryStorage } from "../../registry/memory/memory_storage.ts";
import { openRegistryServer } from "../../registry/server/open_registry_server.ts";
import type { Served } from "../../registry/server/serve_registry.ts";
import { StoreRegistry } from "../../registry/store/store_registry.ts";
import { sleep, systemClock } from "../runtime/clock.ts";
import { onTermination } from "../runtime/termination.ts";
import type { CommandContext } from "./command_line.ts";
import { exitCodes } from "./exit_code.ts";
import type { ServeFlags } from "./registry.ts";
import { UsageError } from "./usage_error.ts";

/** `mesos-docker registry serve`: a line on stdout when it listens; ends by SIGTERM or SIGINT. */
export async function serve(flags: ServeFlags, { log }: CommandContext): Promise<number> {
  const ending = new AbortController();
  using _signals = onTermination((name) => ending.abort(new Error(name)));
  const tls = await readTls(flags);
  await using resources = new AsyncDisposableStack();
  const registry = await openStore(flags, resources);
  const onServed = (served: Served) => logServed(log, served);
  const server = await openRegistryServer(registry, { ...flags.listen, ...(tls && { tls }), onServed });
  resources.use(server);
  process.stdout.write(`registry at ${server.url.origin}, images in ${flags.store ?? "memory"}\n`);
  await collectUntil(registry, flags.gcInterval, log, ending.signal);
  return exitCodes.done;
}

async function openStore({ store, memory }: ServeFlags, resources: AsyncDisposableStack): Promise<StoreRegistry> {
  if ((store === undefined) === (memory === undefined)) {
    throw new UsageError('Cannot serve a registry: expected either "--store <folder>" or "--memory"');
  }
  return store === undefined ? new StoreRegistry(new MemoryStorage()) : resources.use(await openLayoutRegistry(store));
}

async function readTls({ tlsCert, tlsKey }: ServeFlags): Promise<{ cert: string; key: string } | undefined> {
  if (tlsCert === undefined && tlsKey === undefined) return undefined;
  if (tlsCert === undefined || tlsKey === undefined) {
    throw new UsageError('Cannot serve a registry over TLS: expected both "--tls-cert" and "--tls-key"');
  }
  return { cert: await readFile(tlsCert, "utf8"), key: await readFile(tlsKey, "utf8") };
}

/** Collects garbage now and then until the end is asked for. A collection that fails is tried again the next time. */
async function collectUntil(
  registry: StoreRegistry,
  intervalMs: number,
  log: CommandContext["log"],
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    await sleep(systemClock, intervalMs, { signal }).catch(() => undefined);
    if (signal.aborted) return;
    try {
      log.info("collected garbage", { ...(await registry.collectGarbage({ signal })) });
    } catch (error) {
      if (!signal.aborted) log.error("cannot collect garbage", { error: String(error) });
    }
  }
}

function logServed(log: CommandContext["log"], served: Served): void {
  const { method, url, status, sentBytes, durationMs, outcome, request } = served;
  const line = { method, url, kind: request?.kind, status, sentBytes, ms: Math.round(durationMs), outcome };
  if (status >= 500) log.warn("served", line);
  else log.info("served", line);
}
