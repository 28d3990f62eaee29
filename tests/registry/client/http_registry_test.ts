import { openRegistryClient } from "../../../registry/client/open_registry_client.ts";
import { memoryRegistry } from "../../../registry/memory/memory_registry.ts";
import { testConformance } from "../conformance/conformance.ts";
import { openTestServer } from "../server/test_server.ts";

testConformance("a client of a server of memoryRegistry()", async () => {
  const server = await openTestServer(memoryRegistry());
  const registry = openRegistryClient(server.host, { retries: { firstDelayMs: 1 } });
  return {
    registry,
    [Symbol.asyncDispose]: async () => {
      registry[Symbol.dispose]();
      await server[Symbol.asyncDispose]();
    },
  };
});

testConformance("a client of a server of a client of a server of memoryRegistry()", async () => {
  const inner = await openTestServer(memoryRegistry());
  const between = openRegistryClient(inner.host, { retries: { firstDelayMs: 1 } });
  const outer = await openTestServer(between);
  const registry = openRegistryClient(outer.host, { retries: { firstDelayMs: 1 } });
  return {
    registry,
    [Symbol.asyncDispose]: async () => {
      registry[Symbol.dispose]();
      await outer[Symbol.asyncDispose]();
      between[Symbol.dispose]();
      await inner[Symbol.asyncDispose]();
    },
  };
});
