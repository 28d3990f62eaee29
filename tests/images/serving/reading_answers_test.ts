import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryRegistry } from "../../../registry/mod.ts";
import { readingAnswers } from "../../../src/images/serving/reading_answers.ts";
import { ask } from "../../registry/server/raw_request.ts";
import { openTestServer } from "../../registry/server/test_server.ts";

async function openReading() {
  const beside = readingAnswers({
    "/text": async ({ url }) => ({ contentType: "text/plain", text: `é ${url}`, headers: { "x-own": "1" } }),
    "/none": async () => undefined,
  });
  return await openTestServer(memoryRegistry(), { beside });
}

test("a text is read by GET, and its head by HEAD", async () => {
  await using server = await openReading();
  const { status, headers, body } = await ask(server.host, "GET", "/text?a=1");
  assert.deepEqual([status, body.toString(), headers["content-type"]], [200, "é /text?a=1", "text/plain"]);
  assert.deepEqual([headers["x-own"], headers["content-length"]], ["1", "12"]);
  const head = await ask(server.host, "HEAD", "/text?a=1");
  assert.deepEqual([head.status, head.body.byteLength, head.headers["content-length"]], [200, 0, "12"]);
});

for (const [method, path, status] of [
  ["POST", "/text", 405],
  ["GET", "/none", 404],
  ["GET", "/other", 404],
  ["GET", "/constructor", 404],
  ["GET", "/text/", 404],
] as const) {
  test(`${method} ${path} beside the registry answers ${status}`, async () => {
    await using server = await openReading();
    assert.equal((await ask(server.host, method, path)).status, status);
  });
}
