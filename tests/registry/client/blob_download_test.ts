// A blob whose connection breaks, stalls, lies: contract J 24 to 34.
import assert from "node:assert/strict";
import type { OutgoingHttpHeaders } from "node:http";
import { test } from "node:test";
import { memoryRegistry } from "../../../registry/memory/memory_registry.ts";
import { parseRangeHeader } from "../../../registry/values/byte_range.ts";
import { failsWith } from "../conformance/failure.ts";
import { collect, pushSpecimen, randomBlob } from "../conformance/specimens.ts";
import { openFastClient } from "./fast_client.ts";
import { answer, cut, type Fault, openFaultyServer } from "./faulty_server.ts";

const blob = randomBlob(500_000);
const { digest, size } = blob.descriptor;
const bytes = Buffer.from(blob.bytes);

/** First byte of a request's Range, and headers of an answer from there on. */
function fromRange(range: string | undefined): { first: number; status: number; headers: OutgoingHttpHeaders } {
  const wanted = parseRangeHeader(range ?? "");
  const first = typeof wanted === "object" ? (wanted.first ?? 0) : 0;
  const length = { "content-length": size - first };
  if (range === undefined) return { first, status: 200, headers: length };
  return { first, status: 206, headers: { ...length, "content-range": `bytes ${first}-${size - 1}/${size}` } };
}

async function download(fault: Fault, options: Parameters<typeof openFastClient>[1] = {}) {
  await using server = await openFaultyServer(fault);
  using client = openFastClient(server.host, options);
  let got = 0;
  try {
    await using content = await client.getBlob("n", digest);
    const pieces: Uint8Array[] = [];
    for await (const piece of content.body) {
      got += piece.byteLength;
      pieces.push(piece);
    }
    return { whole: Buffer.concat(pieces), got, server, waits: client.clock.waits };
  } catch (error) {
    return { error: error as Error, got, server, waits: client.clock.waits };
  }
}

test("a download that is cut goes on by Range, and no byte comes twice (J 25)", async () => {
  let sent = 0;
  const { whole, server, waits } = await download((request, response, { count }) => {
    const { first, status, headers } = fromRange(request.headers.range);
    const part = bytes.subarray(first, count === 1 ? 200_000 : size);
    sent += part.byteLength;
    return count === 1 ? cut(response, status, headers, part) : answer(response, status, headers, part);
  });
  assert.deepEqual(whole, bytes);
  assert.equal(sent, size);
  assert.deepEqual(
    server.seen.map(({ headers }) => headers.range),
    [undefined, `bytes=200000-${size - 1}`],
  );
  assert.deepEqual(waits, [], "the first resumption does not wait");
});

test("a download that is cut seven times with progress each succeeds (J 26)", async () => {
  const { whole, server } = await download(
    (request, response, { count }) => {
      const { first, status, headers } = fromRange(request.headers.range);
      if (count > 7) return answer(response, status, headers, bytes.subarray(first));
      return cut(response, status, headers, bytes.subarray(first, first + 66_000));
    },
    { retries: { attempts: 3 } },
  );
  assert.deepEqual(whole, bytes);
  assert.equal(server.seen.length, 8);
});

test("a download that never gets a byte gives up after its tries (J 27)", async () => {
  const { error, server } = await download(
    (request, response) => {
      const { status, headers } = fromRange(request.headers.range);
      return cut(response, status, headers, new Uint8Array());
    },
    { retries: { attempts: 3 } },
  );
  assert.equal((error as { code?: string }).code, "UNAVAILABLE");
  assert.equal(server.seen.length, 3);
});

test("a server that ignores Range has its prefix skipped, and is told of (J 28)", async () => {
  const warnings: string[] = [];
  const observer = { onWarning: (text: string) => void warnings.push(text) };
  const { whole } = await download(
    (_request, response, { count }) => {
      const headers = { "content-length": size };
      if (count < 3) return cut(response, 200, headers, bytes.subarray(0, 300_000 + count));
      return answer(response, 200, headers, bytes);
    },
    { observer },
  );
  assert.deepEqual(whole, bytes);
  assert.equal(warnings.length, 1, "once");
  assert.match(warnings[0] ?? "", /^"127.0.0.1:\d+" does not know ranges/);
});

test("a range of a server that ignores Range is cut out of the whole", async () => {
  await using server = await openFaultyServer((_request, response) =>
    answer(response, 200, { "content-length": size }, bytes),
  );
  using client = openFastClient(server.host);
  for (const range of [
    { first: 10, last: 70_000 },
    { first: 0, last: 3 },
    { first: 400_000 },
    { suffix: 5 },
  ] as const) {
    await using content = await client.getBlob("n", digest, { range });
    const [first = 0, last = size - 1] =
      "suffix" in range ? [size - 5] : [range.first, "last" in range ? range.last : size - 1];
    assert.deepEqual(content.span, { first, last });
    assert.deepEqual(await collect(content.body), bytes.subarray(first, last + 1));
  }
});

test("a server that answers another range than was asked for is not believed", async () => {
  const { error } = await download((_request, response, { count }) => {
    if (count === 1) return cut(response, 200, { "content-length": size }, bytes.subarray(0, 1000));
    const headers = { "content-range": `bytes 2000-${size - 1}/${size}`, "content-length": size - 2000 };
    return answer(response, 206, headers, bytes.subarray(2000));
  });
  assert.equal((error as { code?: string }).code, "CORRUPT");
});

test("a stall ends by time, and the download goes on at another connection (J 29)", async () => {
  const { whole, server } = await download(
    (request, response, { count }) => {
      const { first, status, headers } = fromRange(request.headers.range);
      if (count > 1) return answer(response, status, headers, bytes.subarray(first));
      response.writeHead(status, headers);
      response.write(bytes.subarray(0, 100_000));
      return "done";
    },
    { idleTimeoutMs: 100 },
  );
  assert.deepEqual(whole, bytes);
  assert.equal(server.seen.length, 2);
});

test("wrong content is told before its last bytes are out (J 31)", async () => {
  const wrong = Buffer.from(bytes);
  wrong[7] = (wrong[7] ?? 0) ^ 1;
  const { error, got } = await download((_request, response) =>
    answer(response, 200, { "content-length": size }, wrong),
  );
  assert.equal((error as { code?: string }).code, "CORRUPT");
  assert.ok(got < size);
});

test("a blob without a stated size is asked for it, and one of another size is refused (J 33)", async () => {
  const chunked: Fault = (request, response) => {
    if (request.method === "HEAD") return answer(response, 200, { "content-length": size });
    return answer(response, 200, { "transfer-encoding": "chunked" }, bytes);
  };
  assert.deepEqual((await download(chunked)).whole, bytes);
  const shorter: Fault = (request, response) => {
    if (request.method === "HEAD") return answer(response, 200, { "content-length": size - 1 });
    return answer(response, 200, { "transfer-encoding": "chunked" }, bytes);
  };
  assert.equal(((await download(shorter)).error as { code?: string }).code, "CORRUPT");
  const unknown: Fault = (_request, response) => answer(response, 200, { "transfer-encoding": "chunked" }, bytes);
  assert.match((await download(unknown)).error?.message ?? "", /no size/);
});

for (const status of [429, 500, 502, 503, 504]) {
  test(`a blob that is answered ${status} twice comes with the third try (J 24)`, async () => {
    const { whole, waits } = await download((_request, response, { count }) =>
      count < 3 ? answer(response, status) : answer(response, 200, { "content-length": size }, bytes),
    );
    assert.deepEqual(whole, bytes);
    assert.deepEqual(waits, [100, 200]);
  });
}

test("a caller that gives up ends the download with its reason", async () => {
  await using server = await openFaultyServer((_request, response) => {
    response.writeHead(200, { "content-length": size });
    response.write(bytes.subarray(0, 1000));
    return "done";
  });
  using client = openFastClient(server.host);
  const leaving = new AbortController();
  const reason = new Error("given up");
  const content = await client.getBlob("n", digest, { signal: leaving.signal });
  const reading = async () => {
    for await (const _piece of content.body) leaving.abort(reason);
  };
  await assert.rejects(reading(), reason);
});

test("a registry that cannot be reached is UNAVAILABLE, after its tries", async () => {
  const { host } = await (async () => {
    await using server = await openFaultyServer(() => "pass");
    return server;
  })();
  using client = openFastClient(host, { retries: { attempts: 3 } });
  await failsWith("UNAVAILABLE", client.statBlob("n", digest));
  assert.equal(client.clock.waits.length, 2);
});

for (const [range, asked] of [
  [{ first: 0 }, "the whole"],
  [{ first: 1000, last: 1999 }, "a part in the middle"],
  [{ suffix: 1000 }, "the last bytes"],
] as const) {
  test(`parts of blobs come over one connection: ${asked}`, async () => {
    const registry = memoryRegistry();
    await pushSpecimen(registry, "n", blob);
    const sockets = new Set<unknown>();
    await using server = await openFaultyServer((request) => {
      sockets.add(request.socket);
      return "pass";
    }, registry);
    using client = openFastClient(server.host);
    for (let count = 0; count < 4; count++) {
      await using content = await client.getBlob("n", digest, { range });
      const { first, last } = content.span ?? { first: -1, last: -1 };
      assert.deepEqual(await collect(content.body), bytes.subarray(first, last + 1));
    }
    assert.equal(sockets.size, 1);
  });
}

test("a part that was asked for is there although its answer never ends", async () => {
  await using server = await openFaultyServer((_request, response) => {
    response.writeHead(206, { "content-range": `bytes 0-99/${size}` });
    response.write(bytes.subarray(0, 100));
    return "done";
  });
  using client = openFastClient(server.host);
  await using content = await client.getBlob("n", digest, { range: { first: 0, last: 99 } });
  assert.deepEqual(await collect(content.body), bytes.subarray(0, 100));
});
