import { memoryRegistry } from "../../../registry/memory/memory_registry.ts";
import { testConformance } from "../conformance/conformance.ts";

testConformance("memoryRegistry()", async () => ({
  registry: memoryRegistry(),
  [Symbol.asyncDispose]: async () => undefined,
}));
