import { setTimeout } from "node:timers/promises";
import { memoryRegistry } from "../../../registry/memory/memory_registry.ts";
import { openRegistryServer } from "../../../registry/server/open_registry_server.ts";

/** An empty registry that takes its time, so that those who ask at once meet. */
export async function openCrowdedServer(): Promise<AsyncDisposable & { readonly host: string; readonly most: number }> {
  const counts = { now: 0, most: 0 };
  const server = await openRegistryServer(memoryRegistry(), {
    port: 0,
    admit: async () => {
      counts.most = Math.max(counts.most, ++counts.now);
      await setTimeout(50);
      counts.now--;
      return "somebody";
    },
  });
  return {
    host: server.url.host,
    /** Most requests that were there at once. */
    get most() {
      return counts.most;
    },
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
