import assert from "node:assert/strict";
import { test } from "node:test";
import { delegatedRegistry } from "../../../registry/delegated_registry.ts";
import { memoryRegistry, type Registry, RegistryError } from "../../../registry/mod.ts";
import { givenContent } from "../../../src/images/ensure/given_content.ts";
import { blobOf, collect, pushImage, pushSpecimen } from "../../registry/conformance/specimens.ts";

/** A registry that counts what it is asked to give. */
function counting(registry: Registry): { registry: Registry; asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    registry: {
      ...delegatedRegistry(registry),
      getBlob: (...call) => {
        asked.push(call[1]);
        return registry.getBlob(...call);
      },
      getManifest: (...call) => {
        asked.push(call[1]);
        return registry.getManifest(...call);
      },
      statManifest: (...call) => {
        asked.push(call[1]);
        return registry.statManifest(...call);
      },
    },
  };
}

const [here, there] = [blobOf(Buffer.from("here")), blobOf(Buffer.from("there"))];

test("givenContent() asks the other registry for what it was not given", async () => {
  const [given, behind] = [memoryRegistry(), memoryRegistry()];
  await pushSpecimen(given, "app", here);
  await pushSpecimen(behind, "app", there);
  const [own, other] = [await pushImage(given, "app", []), await pushImage(behind, "app", ["v1"])];
  const { registry, asked } = counting(behind);
  const whole = givenContent(given, registry);
  for (const { bytes, descriptor } of [here, there]) {
    await using content = await whole.getBlob("app", descriptor.digest, { range: { first: 1 } });
    assert.deepEqual(await collect(content.body), Buffer.from(bytes.subarray(1)));
    assert.equal((await whole.statBlob("app", descriptor.digest)).size, bytes.byteLength);
  }
  for (const { descriptor } of [own, other]) {
    assert.deepEqual((await whole.getManifest("app", descriptor.digest)).descriptor, descriptor);
    assert.deepEqual(await whole.statManifest("app", descriptor.digest), descriptor);
  }
  assert.deepEqual((await whole.statManifest("app", "v1")).digest, other.descriptor.digest);
  const { digest } = other.descriptor;
  assert.deepEqual(asked, [there.descriptor.digest, digest, digest, "v1"]);
});

test("givenContent() does not ask elsewhere because of another failure", async () => {
  const failing = delegatedRegistry(memoryRegistry());
  failing.getBlob = async () => {
    throw new RegistryError("UNAVAILABLE", "Cannot read it");
  };
  const behind = memoryRegistry();
  await pushSpecimen(behind, "app", there);
  await assert.rejects(givenContent(failing, behind).getBlob("app", there.descriptor.digest), { code: "UNAVAILABLE" });
});
