// What registries say beside their answers: contract B.7, B.8.
import assert from "node:assert/strict";
import { test } from "node:test";
import { parseQuota, type Quota } from "../../../registry/client/quota.ts";
import { parseWarnings } from "../../../registry/client/warning_header.ts";
import { randomBlob } from "../conformance/specimens.ts";
import { openFastClient } from "./fast_client.ts";
import { answer, openFaultyServer } from "./faulty_server.ts";

const quotas: readonly (readonly [Record<string, string>, Quota | undefined])[] = [
  [{}, undefined],
  [{ "ratelimit-limit": "100;w=21600" }, undefined],
  [
    { "ratelimit-limit": "100;w=21600", "ratelimit-remaining": "76;w=21600", "docker-ratelimit-source": "192.0.2.1" },
    { remaining: 76, limit: 100, windowMs: 21_600_000, source: "192.0.2.1" },
  ],
  [
    { "ratelimit-remaining": "0", "ratelimit-reset": "30" },
    { remaining: 0, resetMs: 30_000 },
  ],
  [{ "ratelimit-remaining": "5, 5;w=60" }, { remaining: 5, windowMs: 60_000 }],
  [{ "ratelimit-remaining": "-1" }, undefined],
  [{ "ratelimit-remaining": "many" }, undefined],
];
for (const [headers, quota] of quotas) {
  test(`parseQuota() reads ${JSON.stringify(headers)}`, () => assert.deepEqual(parseQuota(headers), quota));
}

const warnings: readonly (readonly [string | undefined, readonly string[]])[] = [
  [undefined, []],
  ['299 - "old"', ["old"]],
  ['299 - "a, \\"b\\"", 110 x "stale", 299 host:80 "c"', ['a, "b"', "c"]],
  ['299 - "red \u001b[31m alert\u0007"', ["red [31m alert"]],
  ['299 - ""', []],
  ['299 - "unfinished', []],
  [`299 - "${"x".repeat(5000)}"`, []],
];
for (const [header, texts] of warnings) {
  test(`parseWarnings() reads ${header?.slice(0, 60)}`, () => assert.deepEqual(parseWarnings(header), texts));
}

test("a client tells quotas with each answer, refusals among them, and each warning once (J 23)", async () => {
  const { digest } = randomBlob(10).descriptor;
  await using storage = await openFaultyServer((_request, response) =>
    answer(response, 200, { "content-length": 10, "ratelimit-remaining": "999", warning: '299 - "storage"' }),
  );
  await using server = await openFaultyServer((request, response, { count }) => {
    if (request.url?.includes("/blobs/")) return answer(response, 307, { location: `http://${storage.host}/x` });
    const headers = { "ratelimit-remaining": String(3 - count), warning: `299 - "moving", 299 - "soon"` };
    return answer(response, count < 3 ? 429 : 200, headers);
  });
  const seen: number[] = [];
  const texts: string[] = [];
  const observer = {
    onQuota: ({ remaining }: Quota) => void seen.push(remaining),
    onWarning: (text: string) => void texts.push(text),
  };
  using client = openFastClient(server.host, { observer });
  await client.ping();
  await client.statBlob("n", digest);
  assert.deepEqual(seen, [2, 1, 0]);
  assert.deepEqual(texts, ["moving", "soon"]);
});

test("a registry with ever new warnings is not listened to for ever", async () => {
  let count = 0;
  await using server = await openFaultyServer((_request, response) => {
    count += 1;
    return answer(response, 200, { warning: `299 - "warning ${count}"` });
  });
  const texts: string[] = [];
  using client = openFastClient(server.host, { observer: { onWarning: (text) => void texts.push(text) } });
  for (let at = 0; at < 110; at += 1) await client.ping();
  assert.equal(texts.length, 100);
});
