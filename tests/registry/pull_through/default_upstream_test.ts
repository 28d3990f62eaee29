import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryRegistry } from "../../../registry/memory/memory_registry.ts";
import { withDefaultUpstream } from "../../../registry/pull_through/default_upstream.ts";
import { testConformance } from "../conformance/conformance.ts";
import { failsWith } from "../conformance/failure.ts";
import { pushImage } from "../conformance/specimens.ts";

testConformance("a registry with a default upstream", async () => ({
  registry: withDefaultUpstream(memoryRegistry(), "docker.io", ["docker.io", "conformance"]),
  [Symbol.asyncDispose]: async () => undefined,
}));

const names: readonly (readonly [string, string, string])[] = [
  ["docker.io", "redis", "docker.io/library/redis"],
  ["docker.io", "library/redis", "docker.io/library/redis"],
  ["docker.io", "docker.io/library/redis", "docker.io/library/redis"],
  ["docker.io", "quay.io/app", "quay.io/app"],
  ["docker.io", "quay.iox/app", "docker.io/quay.iox/app"],
  ["docker.io", "quay.io", "docker.io/library/quay.io"],
  ["quay.io", "redis", "quay.io/redis"],
  ["quay.io", "team/app/part", "quay.io/team/app/part"],
];
for (const [upstream, name, expected] of names) {
  test(`withDefaultUpstream() of ${upstream} reads ${name} as ${expected}`, async () => {
    const whole = memoryRegistry();
    const { descriptor } = await pushImage(whole, expected, ["v1"]);
    const registry = withDefaultUpstream(whole, upstream, ["docker.io", "quay.io"]);
    assert.deepEqual(await registry.statManifest(name, "v1"), descriptor);
  });
}

test("withDefaultUpstream() refuses what is no name as any registry does", async () => {
  const registry = withDefaultUpstream(memoryRegistry(), "docker.io", ["docker.io"]);
  await failsWith("NAME_INVALID", registry.statManifest("Upper", "v1"));
});
