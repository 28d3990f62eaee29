import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { Bandwidth, parseReference } from "../../../registry/mod.ts";
import { ConfigFile } from "../../../src/images/config/config_file.ts";
import { type WarmLimits, WarmSources } from "../../../src/images/warm/warm_sources.ts";
import type { Log } from "../../../src/runtime/log.ts";
import { recordWarnings } from "../../credentials/recording_log.ts";
import { openFixture } from "../../fakes/own_runtime.ts";
import { openFaultyServer } from "../../registry/client/faulty_server.ts";
import { pushImage } from "../../registry/conformance/specimens.ts";

/** Sources of this host's configuration, or of another one. */
function openSources(log: Log, limits: WarmLimits = {}, variables: Record<string, string> = {}): WarmSources {
  return new WarmSources({ config: ConfigFile.open({ variables, log }), variables, log, limits: () => limits });
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

test("WarmSources hold all blobs up by one bandwidth (J 63)", async () => {
  await using server = await openFaultyServer(() => "pass");
  await pushImage(server.registry, "a", ["v1"]);
  const taken: number[] = [];
  const bandwidth = new Bandwidth(1e12);
  bandwidth.take = async (bytes) => void taken.push(bytes);
  using sources = openSources(recordWarnings().log, { bandwidth });
  let expected = 0;
  for (let round = 0; round < 2; round++) {
    const { registry, repository } = open(sources, `${server.host}/a:v1`);
    const { bytes } = await registry.getManifest(repository, "v1");
    const { config } = JSON.parse(new TextDecoder().decode(bytes));
    await using blob = await registry.getBlob(repository, config.digest);
    for await (const chunk of blob.body) expected += chunk.byteLength;
  }
  assert.ok(expected > 0);
  assert.equal(
    taken.reduce((sum, bytes) => sum + bytes, 0),
    expected,
  );
});

test("WarmSources go by the limits of the moment", async () => {
  await using server = await openFaultyServer((_request, response) => {
    response.setHeader("ratelimit-remaining", "20;w=21600");
    return "pass";
  });
  await pushImage(server.registry, "a", ["v1"]);
  const taken: number[] = [];
  const bandwidth = new Bandwidth(1e12);
  bandwidth.take = async (bytes) => void taken.push(bytes);
  const limits: { now: WarmLimits } = { now: { reserve: 5 } };
  const { log, warnings } = recordWarnings();
  const config = ConfigFile.open({ variables: {}, log });
  using sources = new WarmSources({ config, variables: {}, log, limits: () => limits.now });
  const { registry, repository } = open(sources, `${server.host}/a:v1`);
  const { bytes } = await registry.getManifest(repository, "v1");
  const { config: blob } = JSON.parse(new TextDecoder().decode(bytes));
  const read = async () => {
    await using content = await registry.getBlob(repository, blob.digest);
    for await (const _ of content.body);
  };
  await read();
  assert.deepEqual(taken, []);
  limits.now = { bandwidth, reserve: 20 };
  await read();
  assert.ok(taken.length > 0);
  await pushImage(server.registry, "a", ["v2"]);
  const leaving = new AbortController();
  const waiting = registry.getManifest(repository, "v2", { signal: leaving.signal }).catch(() => "left");
  while (warnings.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  leaving.abort();
  assert.equal(await waiting, "left");
  limits.now = {};
  await registry.getManifest(repository, "v2");
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
