import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { test } from "node:test";
import { memoryRegistry } from "../../../registry/memory/memory_registry.ts";
import { MemoryStorage } from "../../../registry/memory/memory_storage.ts";
import { parseReference } from "../../../registry/mod.ts";
import { openPullThrough } from "../../../registry/pull_through/pull_through_registry.ts";
import type { Served } from "../../../registry/server/exchange.ts";
import { StoreRegistry } from "../../../registry/store/store_registry.ts";
import { collect, pushImage, pushSpecimen, randomBlob } from "../../registry/conformance/specimens.ts";
import { openTestServer } from "../../registry/server/test_server.ts";
import { openSources } from "./opened_sources.ts";

test("a repository is had from mirrors in their order, each by its own name for it, and last from itself", async () => {
  await using opened = await openSources(
    "registries: { docker.io: { mirrors: [m.lab, { address: 'http://n.lab:1', prefix: hub }] } }\n",
  );
  const candidates = opened.sources.candidatesOf(parseReference("redis:7"));
  assert.deepEqual(
    candidates.map(({ role, host, scheme, repository, by }) => [role, host, scheme, repository, by]),
    [
      ["mirror", "m.lab", undefined, "library/redis", "docker.io"],
      ["mirror", "n.lab:1", "http", "hub/library/redis", "docker.io"],
      ["registry", "docker.io", undefined, "library/redis", undefined],
    ],
  );
});

test("a route's sources stay the same as long as what is said of them does, so that their health is remembered", async () => {
  await using opened = await openSources("registries: { a.lab: { mirrors: [m.lab] } }\n");
  const route = () => opened.sources.routeOf({ domain: "a.lab", repository: "app" }).upstreams;
  const before = route();
  assert.ok(route().every((upstream, index) => upstream === before[index]));
  assert.equal(opened.sources.routeOf({ domain: "a.lab", repository: "other" }).upstreams[1], before[1]);
  writeFileSync(opened.path, "registries: { a.lab: { mirrors: [m.lab], timeouts: { idle: 1secs } } }\n");
  const after = route();
  assert.equal(after[0], before[0], "the mirror is as it was");
  assert.notEqual(after[1], before[1], "the registry has another time to answer");
});

test("an image comes by way of a configured mirror, by its prefix and with ?ns=, and never from itself (J 38)", async () => {
  const content = memoryRegistry();
  const image = await pushImage(content, "mirrors/org/app", ["v1"]);
  const layer = randomBlob();
  await pushSpecimen(content, "mirrors/org/app", layer);
  const asked: Served[] = [];
  await using mirror = await openTestServer(content, { onServed: (served) => asked.push(served) });
  await using opened = await openSources(
    `registries: { quay.test/org: { mirrors: [{ address: "http://${mirror.host}", prefix: mirrors/org, namespace: true }], upstream: never } }\n`,
  );
  const store = new StoreRegistry(new MemoryStorage(), { checks: "nothing" });
  using cache = openPullThrough({
    store,
    route: (name) => opened.sources.routeOf({ domain: "quay.test", repository: name }),
  });
  const manifest = await cache.getManifest("org/app", "v1");
  assert.equal(manifest.descriptor.digest, image.descriptor.digest);
  const { body } = await cache.getBlob("org/app", layer.descriptor.digest);
  assert.deepEqual(await collect(body), layer.bytes);
  assert.ok(asked.length > 0);
  for (const { url } of asked) assert.match(url, /^\/v2\/mirrors\/org\/app\/.*\?ns=quay.test$/);
});

test("a mirror of blobs alone is not asked what a tag points at", async () => {
  const content = memoryRegistry();
  await pushImage(content, "app", ["v1"]);
  const layer = randomBlob();
  await pushSpecimen(content, "app", layer);
  const asked: string[] = [];
  await using blobs = await openTestServer(content, { onServed: ({ url }) => asked.push(url) });
  await using itself = await openTestServer(content);
  await using opened = await openSources(
    `registries: { "${itself.host}": { mirrors: [{ address: "http://${blobs.host}", capabilities: [blobs] }] } }\n`,
  );
  const store = new StoreRegistry(new MemoryStorage(), { checks: "nothing" });
  using cache = openPullThrough({
    store,
    route: (name) => opened.sources.routeOf({ domain: itself.host, repository: name }),
  });
  await cache.getManifest("app", "v1");
  assert.deepEqual(asked, []);
  await collect((await cache.getBlob("app", layer.descriptor.digest)).body);
  assert.deepEqual(asked, [`/v2/app/blobs/${layer.descriptor.digest}`]);
});

test("what no source is asked for is told as that, and had where one is", async () => {
  const content = memoryRegistry();
  const { descriptor } = await pushImage(content, "app", ["v1"]);
  await using mirror = await openTestServer(content);
  const open = (capability: string) =>
    openSources(
      `registries: { a.lab: { mirrors: [{ address: "http://${mirror.host}", capabilities: [${capability}] }], upstream: never } }\n`,
    );
  const why = "no source is asked for it, as its mirrors have other capabilities and the registry itself is left out";
  const rows = { blobs: ["v1", descriptor.digest], tags: [descriptor.digest, "v1"] } as const;
  for (const [capability, [unasked, asked]] of Object.entries(rows)) {
    await using opened = await open(capability);
    const store = new StoreRegistry(new MemoryStorage(), { checks: "nothing" });
    using cache = openPullThrough({
      store,
      route: (name) => opened.sources.routeOf({ domain: "a.lab", repository: name }),
    });
    await assert.rejects(cache.getManifest("app", unasked), {
      code: "UNAVAILABLE",
      message: `Cannot get manifest "${unasked}": ${why}`,
    });
    assert.equal((await cache.statManifest("app", asked)).digest, descriptor.digest);
  }
});

test("what the configuration denies has no route, and the reason is told", async () => {
  await using opened = await openSources(
    "registries: { old.lab: { deny: moved to new.lab }, gap.lab: { upstream: never } }\n",
  );
  const refused = (domain: string) => () => opened.sources.routeOf({ domain, repository: "app" });
  assert.throws(
    refused("old.lab"),
    /^RegistryError: Cannot get "old.lab\/app": registries.old.lab denies it: moved to new.lab$/,
  );
  assert.throws(
    refused("gap.lab"),
    /registries.gap.lab says that the registry itself is never asked, and there is no mirror/,
  );
});

test("TLS, credentials and timeouts of a source are those of its own host's entry", async () => {
  await using opened = await openSources(
    "registries: { a.lab: { mirrors: [m.lab], tls: { insecure: true } }, m.lab: { credentials: none, tls: { off: true } } }\n",
  );
  const [mirror, itself] = opened.sources.candidatesOf({ domain: "a.lab", repository: "app" });
  assert.deepEqual(mirror?.access.tls, { value: { off: true }, by: "m.lab" });
  assert.deepEqual(mirror?.access.credentials, { value: "none", by: "m.lab" });
  assert.deepEqual(itself?.access.tls, { value: { insecure: true }, by: "a.lab" });
});
