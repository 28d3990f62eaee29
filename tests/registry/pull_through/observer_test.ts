import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryRegistry } from "../../../registry/memory/memory_registry.ts";
import type { Filled, Filling, PullThroughObserver } from "../../../registry/pull_through/observer.ts";
import { openPullThrough } from "../../../registry/pull_through/pull_through_registry.ts";
import { RegistryError } from "../../../registry/registry_error.ts";
import { collect, pushImage, pushSpecimen, randomBlob } from "../conformance/specimens.ts";
import { UpstreamDouble } from "./upstream_double.ts";

/** A cache of one upstream, all that it tells in words, and what its transfers were when they began. */
function openObserved() {
  const told: string[] = [];
  const fillings: Filling[] = [];
  const filled = Promise.withResolvers<Filled>();
  const observer: PullThroughObserver = {
    onLookup: ({ content, outcome }) => told.push(`${content} ${outcome}`),
    onFilling: (filling) => {
      fillings.push(filling);
      told.push(`filling ${filling.receivedBytes}/${filling.size}`);
    },
    onFilled: (one) => filled.resolve(one),
    onStale: ({ target }) => told.push(`stale ${target}`),
    onReceived: ({ source, bytes }) => told.push(`${source} ${bytes}`),
    onSourceFailed: ({ source, error }) => told.push(`${source} ${RegistryError.from(error).code}`),
  };
  const upstreams = [new UpstreamDouble("mirror"), new UpstreamDouble("origin")] as const;
  const store = memoryRegistry({ checks: "nothing" });
  const route = () => ({ repository: "app", upstreams, tags: { kind: "fresh" } as const });
  const cache = openPullThrough({ store, route, ...observer });
  return { cache, told, fillings, filled: filled.promise, mirror: upstreams[0], origin: upstreams[1] };
}

test("an observer is told of misses, sources, transfers and hits of blobs", async () => {
  const { cache, told, fillings, filled, origin, mirror } = openObserved();
  const blob = randomBlob(2000);
  mirror.manner = { kind: "fails", error: new RegistryError("TOOMANYREQUESTS", "Cannot do it now") };
  await pushSpecimen(origin.content, "app", blob);
  const read = async () => await collect((await cache.getBlob("here/app", blob.descriptor.digest)).body);
  await read();
  assert.deepEqual(told.splice(0), [
    "blob miss",
    "mirror TOOMANYREQUESTS",
    "filling 0/2000",
    "origin 1000",
    "origin 1000",
  ]);
  assert.equal((await filled).outcome, "stored");
  assert.equal(fillings[0]?.receivedBytes, 2000);
  await read();
  assert.deepEqual(told, ["blob hit"]);
});

test("an observer is told of misses, hits and stale answers of manifests, and not of HEAD", async () => {
  const { cache, told, origin, mirror } = openObserved();
  mirror.manner = { kind: "fails", error: new RegistryError("MANIFEST_UNKNOWN", "Cannot find it") };
  const { bytes } = await pushImage(origin.content, "app", ["v1"]);
  await cache.statManifest("here/app", "v1");
  assert.deepEqual(told, []);
  await cache.getManifest("here/app", "v1");
  assert.deepEqual(told.splice(0), [`origin ${bytes.byteLength}`, "manifest miss"]);
  await cache.getManifest("here/app", "v1");
  assert.deepEqual(told.splice(0), ["manifest hit"]);
  origin.manner = { kind: "fails", error: new RegistryError("UNAVAILABLE", "Cannot be reached") };
  await cache.getManifest("here/app", "v1");
  assert.deepEqual(told, ["origin UNAVAILABLE", "stale v1"]);
});
