import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { type Clock, systemClock } from "../../../registry/client/clock.ts";
import { type Digest, parseReference } from "../../../registry/mod.ts";
import { ConfigFile } from "../../../src/images/config/config_file.ts";
import { type WarmLimits, WarmSources } from "../../../src/images/warm/warm_sources.ts";
import type { Log } from "../../../src/runtime/log.ts";
import { recordWarnings } from "../../credentials/recording_log.ts";
import { openFixture } from "../../fakes/own_runtime.ts";
import { HastyClock } from "../../registry/client/fast_client.ts";
import { openFaultyServer } from "../../registry/client/faulty_server.ts";
import { pushImage } from "../../registry/conformance/specimens.ts";

/** Sources of this host's configuration, or of another one. */
function openSources(
  log: Log,
  limits: WarmLimits = {},
  variables: Record<string, string> = {},
  clock: Clock = systemClock,
): WarmSources {
  return new WarmSources({ config: ConfigFile.open({ variables, log }), variables, log, limits, clock });
}

/** The registry of a route, as warming sees it. */
function open(sources: WarmSources, text: string) {
  const { upstreams, repository } = sources.openRoute(parseReference(text));
  const [upstream] = upstreams;
  if (!upstream) throw new Error("there is no upstream");
  return { registry: upstream.registry, repository };
}

test("WarmSources leave a reserve of a registry's quota to launches, and say so (J 23)", async () => {
  await using server = await openFaultyServer((_request, response) => {
    response.setHeader("ratelimit-remaining", "20;w=21600");
    return "pass";
  });
  await pushImage(server.registry, "a", ["v1"]);
  const { log, warnings } = recordWarnings();
  using sources = openSources(log, { reserve: 20 });
  const { registry, repository } = open(sources, `${server.host}/a:v1`);
  const leaving = new AbortController();
  const reason = new Error("given up");
  const waiting = assert.rejects(registry.getManifest(repository, "v1", { signal: leaving.signal }), reason);
  while (warnings.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.match(
    warnings[0] ?? "",
    /^Waiting with ".*\/a", "sha256:.*": 20 manifests are left to us, of which 20 are kept/,
  );
  leaving.abort(reason);
  await waiting;
  assert.equal(server.count(/^GET .*manifests/), 0);
});

test("WarmSources ask for a manifest once, and by HEAD whether its tag has moved", async () => {
  await using server = await openFaultyServer(() => "pass");
  await pushImage(server.registry, "a", ["v1"]);
  using sources = openSources(recordWarnings().log);
  for (let round = 0; round < 3; round++) {
    const { registry, repository } = open(sources, `${server.host}/a:v1`);
    await registry.getManifest(repository, "v1");
  }
  assert.equal(server.count(/^GET .*manifests/), 1);
  assert.equal(server.count(/^HEAD .*manifests/), 2);
});

test("WarmSources do not ask again for the tag of an image that was just looked at", async () => {
  await using server = await openFaultyServer(() => "pass");
  await pushImage(server.registry, "a", ["v1"]);
  using sources = openSources(recordWarnings().log);
  for (const tags of ["asked", "as just heard"] as const) {
    const { upstreams, repository } = sources.openRoute(parseReference(`${server.host}/a:v1`), tags);
    await upstreams[0]?.registry.getManifest(repository, "v1");
  }
  assert.equal(server.count(/manifests/), 1);
});

test("WarmSources do not take what a mirror has of one registry for what it has of another one", async () => {
  await using server = await openFaultyServer(() => "pass");
  await using fixture = await openFixture();
  const path = join(fixture.path, "config.yaml");
  const mirrors = (prefix: string) => `{ mirrors: [{ address: "http://${server.host}", prefix: ${prefix} }] }`;
  await writeFile(path, `registries:\n  one.lab: ${mirrors("one")}\n  two.lab: ${mirrors("two")}\n`);
  const pushed = [await pushImage(server.registry, "one/a", ["v1"]), await pushImage(server.registry, "two/a", ["v1"])];
  using sources = openSources(recordWarnings().log, {}, { MESOS_DOCKER_CONFIG: path });
  const found: string[] = [];
  for (const tags of ["asked", "as just heard"] as const) {
    for (const image of ["one.lab/a:v1", "two.lab/a:v1"]) {
      const { upstreams, repository } = sources.openRoute(parseReference(image), tags);
      found.push((await upstreams[0]?.registry.getManifest(repository, "v1"))?.descriptor.digest ?? "none");
    }
  }
  const digests = pushed.map(({ descriptor }) => descriptor.digest);
  assert.notEqual(digests[0], digests[1]);
  assert.deepEqual(found, [...digests, ...digests]);
});

/** The digest of an image's layer. */
async function findLayer({ registry, repository }: ReturnType<typeof open>): Promise<Digest> {
  const { bytes } = await registry.getManifest(repository, "v1");
  return JSON.parse(new TextDecoder().decode(bytes)).layers[0].digest;
}

/** Reads a blob to its end; gives how many bytes it has. */
async function readBlob({ registry, repository }: ReturnType<typeof open>, digest: Digest): Promise<number> {
  await using content = await registry.getBlob(repository, digest);
  let size = 0;
  for await (const chunk of content.body) size += chunk.byteLength;
  return size;
}

test("WarmSources hold all blobs up by one bandwidth (J 63)", async () => {
  await using server = await openFaultyServer(() => "pass");
  await pushImage(server.registry, "a", ["v1"]);
  const clock = new HastyClock();
  using sources = openSources(recordWarnings().log, { bandwidth: 1 }, {}, clock);
  const beginMs = clock.nowMs;
  let bytes = 0;
  for (let round = 0; round < 2; round++) {
    const opened = open(sources, `${server.host}/a:v1`);
    bytes += await readBlob(opened, await findLayer(opened));
  }
  assert.ok(bytes > 0);
  assert.equal(clock.nowMs - beginMs, bytes * 1000);
});

test("WarmSources go by other limits from the moment on in which they hold, also for who waits", async () => {
  await using server = await openFaultyServer((_request, response) => {
    response.setHeader("ratelimit-remaining", "20;w=21600");
    return "pass";
  });
  await pushImage(server.registry, "a", ["v1"]);
  const { log, warnings } = recordWarnings();
  using sources = openSources(log, { reserve: 20 });
  const opened = open(sources, `${server.host}/a:v1`);
  const finding = findLayer(opened);
  while (warnings.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  sources.adapt({ reserve: 19 });
  const digest = await finding;
  assert.ok((await readBlob(opened, digest)) > 0);
  // A byte in a quarter of an hour.
  sources.adapt({ bandwidth: 0.001 });
  let isRead = false;
  const reading = readBlob(opened, digest).finally(() => {
    isRead = true;
  });
  while (server.count(/^GET .*blobs/) < 2) await new Promise((resolve) => setTimeout(resolve, 5));
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(isRead, false);
  sources.adapt({});
  assert.ok((await reading) > 0);
});

test("WarmSources believe tags as the configuration's policy for them says (D.4)", async () => {
  await using fixture = await openFixture();
  const path = join(fixture.path, "config.yaml");
  await writeFile(
    path,
    'registries:\n  registry.lab:\n    tags: [{ matching: "^v", policy: pinned }, { matching: "^n", policy: 1mins }]\n',
  );
  using sources = openSources(recordWarnings().log, {}, { MESOS_DOCKER_CONFIG: path });
  const isBelieved = (text: string, nowMs: number) => sources.isBelieved(parseReference(text), nowMs);
  assert.equal(isBelieved("registry.lab/a:v1", 0), true);
  assert.equal(isBelieved(`registry.lab/a@sha256:${"0".repeat(64)}`, 0), true);
  assert.equal(isBelieved("registry.lab/a:latest", 0), false);
  const asked = [0, 60_000, 60_001, 60_002].map((nowMs) => isBelieved("registry.lab/a:nightly", nowMs));
  assert.deepEqual(asked, [false, true, false, true]);
});
