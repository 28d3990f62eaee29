// Clients that read more slowly than a store does: what it lends them must not change under them.
import assert from "node:assert/strict";
import http from "node:http";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import type { Registry } from "../../../registry/registry.ts";
import { unsupportedRegistry } from "../../../registry/unsupported_registry.ts";
import type { Digest } from "../../../registry/values/digest.ts";
import { pushSpecimen, randomBlob } from "../conformance/specimens.ts";
import { layoutFolder, openQuickly } from "../layout/layout_folder.ts";
import { openTestServer } from "./test_server.ts";

/** Reads a blob with pauses, in which the connection fills up. */
async function readSlowly(host: string, digest: Digest): Promise<Buffer> {
  const { promise, resolve, reject } = Promise.withResolvers<http.IncomingMessage>();
  http.get(`http://${host}/v2/n/blobs/${digest}`, resolve).on("error", reject);
  const answer = await promise;
  assert.equal(answer.statusCode, 200);
  await setTimeout(100);
  const pieces: Buffer[] = [];
  for await (const piece of answer) {
    if (pieces.push(piece) % 64 === 0) await setTimeout(5);
  }
  return Buffer.concat(pieces);
}

test("who reads slowly gets a file as it is", async () => {
  await using folder = await layoutFolder();
  await using registry = await openQuickly(folder.root);
  const blob = randomBlob(16 * 2 ** 20 + 3);
  await pushSpecimen(registry, "n", blob);
  await using server = await openTestServer(registry);
  const found = await readSlowly(server.host, blob.descriptor.digest);
  assert.equal(found.byteLength, blob.bytes.byteLength);
  assert.ok(found.equals(blob.bytes));
});

test("who reads slowly gets small pieces as they were lent", async () => {
  const pieceBytes = 1000;
  const { descriptor } = randomBlob(8000 * pieceBytes);
  const lent = [Buffer.alloc(pieceBytes), Buffer.alloc(pieceBytes)];
  async function* body(): AsyncGenerator<Uint8Array> {
    for (let index = 0; index < descriptor.size / pieceBytes; index++) {
      const piece = lent[index % 2] as Buffer;
      piece.fill(0).writeUInt32BE(index);
      yield piece;
    }
  }
  const getBlob: Registry["getBlob"] = async (_repository, _digest, options) => {
    assert.equal(options?.lend, true);
    return { descriptor, body: body(), [Symbol.asyncDispose]: async () => undefined };
  };
  await using server = await openTestServer(unsupportedRegistry({ getBlob }));
  const found = await readSlowly(server.host, descriptor.digest);
  assert.equal(found.byteLength, descriptor.size);
  for (let index = 0; index < descriptor.size / pieceBytes; index++) {
    assert.equal(found.readUInt32BE(index * pieceBytes), index);
  }
});
