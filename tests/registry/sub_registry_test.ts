import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryRegistry } from "../../registry/memory/memory_registry.ts";
import { subRegistry } from "../../registry/sub_registry.ts";
import { testConformance } from "./conformance/conformance.ts";
import { list, pushImage } from "./conformance/specimens.ts";

testConformance("a part of a registry", async () => ({
  registry: subRegistry(memoryRegistry(), "part"),
  [Symbol.asyncDispose]: async () => undefined,
}));

test("subRegistry() shows what lies below its prefix, and nothing beside", async () => {
  const whole = memoryRegistry();
  const part = subRegistry(whole, "docker.io");
  await pushImage(part, "library/app", ["v1"]);
  await pushImage(whole, "docker.iox/app", ["v1"]);
  assert.deepEqual(await list(part.listRepositories()), ["library/app"]);
  assert.deepEqual(await list(whole.listTags("docker.io/library/app")), ["v1"]);
});
