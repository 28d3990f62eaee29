// A client that is answered before it has said all: contract B.6.
import assert from "node:assert/strict";
import net from "node:net";
import { test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { memoryRegistry } from "../../../registry/memory/memory_registry.ts";
import { RegistryError } from "../../../registry/registry_error.ts";
import type { Served } from "../../../registry/server/exchange.ts";
import { unsupportedRegistry } from "../../../registry/unsupported_registry.ts";
import { digestOf } from "../../../registry/values/digest.ts";
import { inTime } from "../../fakes/waiting.ts";
import { openTestServer } from "./test_server.ts";

const piece = Buffer.alloc(64 * 1024, 7);

/** Sends so many pieces to an upload that is not there, and gives what was answered; a connection that is cut throws. */
async function sendToNothing(host: string, head: string, pieces: readonly Uint8Array[]): Promise<string> {
  return await send(host, `PATCH /v2/n/blobs/uploads/none HTTP/1.1\r\nhost: x\r\n${head}`, pieces);
}

async function sendBlob(host: string, pieces: readonly Uint8Array[]): Promise<string> {
  const path = `/v2/n/blobs/uploads/?digest=${digestOf(piece)}`;
  return await send(host, `POST ${path} HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked`, pieces);
}

async function send(host: string, head: string, pieces: readonly Uint8Array[]): Promise<string> {
  const [hostname, port] = host.split(":");
  const socket = net.connect(Number(port), hostname);
  const failed = new Promise<never>((_, reject) => {
    socket.on("error", reject);
    socket.on("close", () => reject(new Error("the connection was closed")));
  });
  failed.catch(() => undefined);
  let answer = "";
  const answered = new Promise<void>((resolve) => {
    socket.on("data", (bytes: Buffer) => {
      answer += bytes.toString("latin1");
      const isBare = answer.startsWith("HTTP/1.1 204 ") && answer.endsWith("\r\n\r\n");
      if (isBare || answer.endsWith("}")) resolve();
    });
  });
  try {
    socket.write(`${head}\r\n\r\n`);
    for (const bytes of pieces) {
      socket.write(bytes);
      // As a client on a network: the answer is there long before all has been sent.
      await Promise.race([setTimeout(2), failed]);
    }
    await Promise.race([answered, failed]);
    // Whoever is cut off now would not have read its answer on a slower way.
    await Promise.race([setTimeout(50), failed]);
    return answer;
  } finally {
    socket.destroy();
  }
}

const chunk = Buffer.concat([Buffer.from(`${piece.length.toString(16)}\r\n`), piece, Buffer.from("\r\n")]);

test("a client that still sends pieces is not cut off from the answer", async () => {
  await using server = await openTestServer(memoryRegistry());
  const answer = await sendToNothing(server.host, "transfer-encoding: chunked", Array(48).fill(chunk));
  assert.match(answer, /^HTTP\/1\.1 404 /);
  assert.match(answer, /BLOB_UPLOAD_UNKNOWN/);
});

test("a client that still sends pieces is not cut off when some have been read", async () => {
  const registry = unsupportedRegistry({
    pushBlob: async (_repository, _expected, body) => {
      assert.ok(typeof body !== "function");
      for await (const bytes of body) if (bytes.byteLength > 0) break;
      throw new RegistryError("DENIED", "Cannot push: it is enough");
    },
  });
  await using server = await openTestServer(registry);
  const answer = await sendBlob(server.host, Array(48).fill(chunk));
  assert.match(answer, /^HTTP\/1\.1 403 /);
});

test("a client that wants its connection closed is not cut off either, as Docker's does for each request", async () => {
  await using server = await openTestServer(memoryRegistry());
  const head = "connection: close\r\ntransfer-encoding: chunked";
  const answer = await sendToNothing(server.host, head, Array(48).fill(chunk));
  assert.match(answer, /^HTTP\/1\.1 404 /);
});

test("an answer without a body comes as well before a client has sent all", async () => {
  const registry = memoryRegistry();
  await using server = await openTestServer(registry);
  const { id } = await registry.startUpload("n");
  const head = `DELETE /v2/n/blobs/uploads/${id} HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked`;
  assert.match(await send(server.host, head, Array(48).fill(chunk)), /^HTTP\/1\.1 204 /);
});

test("a client that still sends what it announced is not cut off from the answer", async () => {
  await using server = await openTestServer(memoryRegistry());
  const head = `content-length: ${100 * piece.length}`;
  const answer = await sendToNothing(server.host, head, Array(48).fill(piece));
  assert.match(answer, /^HTTP\/1\.1 404 /);
});

test("a client that goes on sending after its answer is cut off in the end", async () => {
  await using server = await openTestServer(memoryRegistry(), { lingerMs: 100 });
  const endless = Array(2000).fill(chunk);
  await assert.rejects(sendToNothing(server.host, "transfer-encoding: chunked", endless), /reset|pipe|closed|ended/i);
});

test("a client that has left in the middle of its request is not waited for", async () => {
  const taken = Promise.withResolvers<void>();
  const served = Promise.withResolvers<Served>();
  const registry = unsupportedRegistry({
    pushBlob: async (_repository, expected, body) => {
      assert.ok(typeof body !== "function");
      for await (const _ of body) taken.resolve();
      return { mediaType: "application/octet-stream", size: 0, ...expected };
    },
  });
  const longMs = 600_000;
  await using server = await openTestServer(registry, { lingerMs: longMs, onServed: served.resolve });
  const [hostname, port] = server.host.split(":");
  const socket = net.connect(Number(port), hostname);
  socket.write(`POST /v2/n/blobs/uploads/?digest=${digestOf(piece)} HTTP/1.1\r\nhost: x\r\n`);
  socket.write(`content-length: ${10 * piece.length}\r\n\r\n`);
  socket.write(piece);
  await taken.promise;
  socket.destroy();
  const { outcome, status } = await inTime(served.promise, "the end of the exchange");
  assert.deepEqual([outcome, status], ["broken", 503]);
});
