import assert from "node:assert/strict";
import { test } from "node:test";
import { type Digest, RegistryError, type Served } from "../../../registry/mod.ts";
import { PullHistory } from "../../../src/images/serving/pull_history.ts";
import { ServingWatch } from "../../../src/images/serving/serving_watch.ts";
import { silentLog } from "../../../src/runtime/log.ts";
import { exchangeAs, servedAs } from "./served_specimen.ts";

const digest: Digest = `sha256:${"a".repeat(64)}`;
const repository = "team/app";

async function openWatched(storeBytes: number | undefined = 1234) {
  const lines: Served[] = [];
  const usage = {
    ...{ storeBytes, openUploads: 3, measure: async () => undefined },
    ...{ repositoryBytes: () => undefined, changes: () => 0, sizeOf: async () => undefined },
  };
  const pulls = await PullHistory.open(undefined, silentLog);
  const accessLog = { write: (served: Served) => lines.push(served), [Symbol.asyncDispose]: async () => undefined };
  const watch = new ServingWatch({
    usage,
    pulls,
    nameOf: (request) => request.repository,
    quotaBytes: 5000,
    accessLog,
  });
  /** Samples of the text format, by name and labels; without those that begin at nothing. */
  const read = async () => {
    const { text } = await watch.metrics.write();
    const samples = text.matchAll(/^mesos_docker_registry_(\w+(?:\{[^}]*\})?) (\S+)$/gm);
    return new Map([...samples].map(([, name = "", value]) => [name, Number(value)]));
  };
  return { watch, lines, read, pulls };
}

test("a watch counts requests by kind and status, with their bytes, and what was refused or broke", async () => {
  const { watch, lines, read } = await openWatched();
  const pull = { kind: "blob_get", repository, digest } as const;
  const end = (facts: Partial<Served>) => watch.served(servedAs(facts), exchangeAs());
  end({ request: pull, sentBytes: 100, durationMs: 20 });
  end({ request: pull, sentBytes: 50, outcome: "broken", durationMs: 3000 });
  end({ request: { kind: "upload_blob", repository, digest }, receivedBytes: 70, sentBytes: 0, status: 201 });
  end({ request: undefined, status: 429, sentBytes: 10 });
  const samples = await read();
  const expected: Readonly<Record<string, number>> = {
    'requests_total{kind="blob_get",status="200"}': 2,
    'requests_total{kind="upload_blob",status="201"}': 1,
    'requests_total{kind="other",status="429"}': 1,
    'sent_bytes_total{kind="blob_get"}': 150,
    'received_bytes_total{kind="upload_blob"}': 70,
    'broken_answers_total{kind="blob_get"}': 1,
    refused_requests_total: 1,
    'request_duration_seconds_count{kind="blob_get"}': 2,
    'request_duration_seconds_sum{kind="blob_get"}': 3.02,
    'request_duration_seconds_bucket{le="0.025",kind="blob_get"}': 1,
  };
  for (const [name, value] of Object.entries(expected)) assert.equal(samples.get(name), value, name);
  assert.deepEqual(
    lines.map(({ status }) => status),
    [200, 200, 201, 429],
  );
});

test("a watch counts what is pulled through, by source", async () => {
  const { watch, read } = await openWatched();
  const { observer } = watch;
  for (const outcome of ["hit", "hit", "miss"] as const) observer.onLookup?.({ content: "blob", outcome });
  observer.onLookup?.({ content: "manifest", outcome: "miss" });
  observer.onStale?.({ repository, target: "v1", error: new Error("away") });
  for (const bytes of [10, 20]) observer.onReceived?.({ source: "mirror", bytes });
  observer.onSourceFailed?.({ source: "mirror", error: new RegistryError("TOOMANYREQUESTS", "Cannot do it") });
  observer.onSourceFailed?.({ source: "origin", error: new Error("a fault") });
  const about = { repository, digest, size: 9 };
  observer.onFilling?.({ ...about, receivedBytes: 1 });
  assert.equal((await read()).get('transfers{kind="fill"}'), 1);
  observer.onFilled?.({ ...about, outcome: "stored" });
  const samples = await read();
  const expected: Readonly<Record<string, number>> = {
    'cache_lookups_total{content="blob",outcome="hit"}': 2,
    'cache_lookups_total{content="blob",outcome="miss"}': 1,
    'cache_lookups_total{content="manifest",outcome="miss"}': 1,
    cache_stale_answers_total: 1,
    'upstream_bytes_total{source="mirror"}': 30,
    'upstream_failures_total{source="mirror",code="TOOMANYREQUESTS"}': 1,
    'upstream_failures_total{source="origin",code="UNKNOWN"}': 1,
    'cache_fills_total{outcome="stored"}': 1,
    'transfers{kind="fill"}': 0,
  };
  for (const [name, value] of Object.entries(expected)) assert.equal(samples.get(name), value, name);
});

test("a watch shows what runs, what is stored and what collections did", async () => {
  const { watch, read } = await openWatched();
  const exchange = exchangeAs({ request: { kind: "blob_get", repository, digest } });
  watch.begun(exchange);
  watch.collected({ blobs: 2, manifests: 1, uploads: 0, freedBytes: 77, passedOver: [] });
  watch.collected(undefined);
  const samples = await read();
  const expected: Readonly<Record<string, number>> = {
    'transfers{kind="pull"}': 1,
    'transfers{kind="push"}': 0,
    ...{ uploads: 3, stored_bytes: 1234, quota_bytes: 5000 },
    'gc_runs_total{outcome="done"}': 1,
    'gc_runs_total{outcome="failed"}': 1,
    gc_freed_bytes_total: 77,
    'gc_removed_total{what="blobs"}': 2,
  };
  for (const [name, value] of Object.entries(expected)) assert.equal(samples.get(name), value, name);
  watch.served(servedAs(), exchange);
  assert.equal((await read()).get('transfers{kind="pull"}'), 0);
});

test("a watch says nothing of stored bytes before the store has been measured", async () => {
  const { watch, read } = await openWatched();
  assert.ok((await read()).has("stored_bytes"));
  const unknown = new ServingWatch({
    usage: {
      ...{ storeBytes: undefined, openUploads: 0, measure: async () => undefined },
      ...{ repositoryBytes: () => undefined, changes: () => 0, sizeOf: async () => undefined },
    },
    nameOf: (request) => request.repository,
    pulls: await PullHistory.open(undefined, silentLog),
  });
  assert.doesNotMatch((await unknown.metrics.write()).text, /^mesos_docker_registry_stored_bytes/m);
  assert.match((await watch.metrics.write()).text, /^# HELP mesos_docker_registry_stored_bytes/m);
});

test("a watch remembers manifests that were pulled whole, and nothing else, and what was found here", async () => {
  const { watch, pulls } = await openWatched();
  const request = { kind: "manifest_get", repository, target: "v1" } as const;
  watch.served(servedAs({ request }), exchangeAs());
  for (const facts of [
    { request, status: 404 },
    { request, status: 304 },
    { request: { ...request, kind: "manifest_head" } },
  ]) {
    watch.served(servedAs(facts as Partial<Served>), exchangeAs());
  }
  assert.equal(watch.pulls, 1);
  assert.equal(pulls.of(repository, "v1")?.count, 1);
  for (const outcome of ["hit", "miss", "hit"] as const) watch.observer.onLookup?.({ content: "blob", outcome });
  assert.deepEqual([watch.cache.hits, watch.cache.misses], [2, 1]);
});
