// Large uploads that the next process goes on with.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { KeptSession, UploadSessions } from "../../../registry/client/upload_sessions.ts";
import { delegatedRegistry } from "../../../registry/delegated_registry.ts";
import { memoryRegistry } from "../../../registry/memory/memory_registry.ts";
import type { Registry } from "../../../registry/registry.ts";
import { failsWith } from "../conformance/failure.ts";
import { collect, pieces, randomBlob } from "../conformance/specimens.ts";
import { openFastClient } from "./fast_client.ts";
import { answer, type Fault, openFaultyServer } from "./faulty_server.ts";

const blob = randomBlob(9_000_000);
const { bytes, descriptor } = blob;
const third = 3_000_000;
const from = (first: number) => pieces(bytes.subarray(first), 1_000_000);

/** Sessions in memory, for one who asks after the other. */
class Sessions implements UploadSessions {
  readonly notes = new Map<string, string>();
  readonly opened: string[] = [];
  isTaken = false;

  async open(repository: string, digest: string): Promise<KeptSession | undefined> {
    const key = `${repository}@${digest}`;
    this.opened.push(key);
    if (this.isTaken) return undefined;
    this.isTaken = true;
    return {
      found: this.notes.get(key),
      note: async (id) => void this.notes.set(key, id),
      forget: async () => void this.notes.delete(key),
      [Symbol.asyncDispose]: async () => {
        this.isTaken = false;
      },
    };
  }
}

/** A registry that tells when an upload has got its first third. */
class TellingRegistry {
  readonly third = Promise.withResolvers<void>();
  readonly content = memoryRegistry();
  readonly registry: Registry = {
    ...delegatedRegistry(this.content),
    resumeUpload: async (...call) => {
      const upload = await this.content.resumeUpload(...call);
      return {
        id: upload.id,
        get size() {
          return upload.size;
        },
        append: (body, options) => upload.append(this.#tell(body), options),
        commit: (digest) => upload.commit(digest),
        cancel: () => upload.cancel(),
      };
    },
  };

  async *#tell(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    let taken = 0;
    for await (const piece of body) {
      taken += piece.byteLength;
      if (taken === third) this.third.resolve();
      yield piece;
    }
  }
}

/** The registry has the first third, and our process is killed: here, it is the caller who leaves. */
async function breakOff(host: string, sessions: UploadSessions, storage: TellingRegistry): Promise<void> {
  using client = openFastClient(host, { sessions });
  const leaving = new AbortController();
  async function* body() {
    yield bytes.subarray(0, third);
    await storage.third.promise;
    leaving.abort(new Error("killed"));
    yield bytes.subarray(third);
  }
  await assert.rejects(client.pushBlob("n", descriptor, body, { signal: leaving.signal }), /killed/);
}

/** Pushes as the next process does, and gives the first bytes that were wanted of the source. */
async function goOn(host: string, sessions: UploadSessions): Promise<number[]> {
  using client = openFastClient(host, { sessions });
  const begun: number[] = [];
  const body = (first: number) => {
    begun.push(first);
    return from(first);
  };
  assert.deepEqual(await client.pushBlob("n", descriptor, body), descriptor);
  return begun;
}

async function assertHolds(registry: Registry): Promise<void> {
  await using content = await registry.getBlob("n", descriptor.digest);
  assert.deepEqual(await collect(content.body), Buffer.from(bytes));
}

test("a large upload that breaks off with its process is gone on with by the next one", async () => {
  const storage = new TellingRegistry();
  await using server = await openFaultyServer(() => "pass", storage.registry);
  const sessions = new Sessions();
  await breakOff(server.host, sessions, storage);
  assert.equal(sessions.notes.size, 1);
  assert.deepEqual(await goOn(server.host, sessions), [third]);
  await assertHolds(server.registry);
  assert.deepEqual([server.count(/^POST/), server.count(/^DELETE/)], [1, 0]);
  assert.deepEqual([sessions.notes.size, sessions.isTaken], [0, false]);
});

for (const [what, fault] of [
  ["has forgotten it", (_, response) => answer(response, 404)],
  ["refuses it", (_, response) => answer(response, 403)],
  ["stumbles over it", (_, response) => answer(response, 500)],
  ["tells no Range", ({ url = "" }, response) => answer(response, 204, { location: url })],
] as [string, Fault][]) {
  test(`a session is begun anew when its registry ${what}`, async () => {
    const failing: Fault = (request, response, at) =>
      request.method === "GET" && request.url?.includes("uploads") ? fault(request, response, at) : "pass";
    const storage = new TellingRegistry();
    await using server = await openFaultyServer(failing, storage.registry);
    const sessions = new Sessions();
    await breakOff(server.host, sessions, storage);
    assert.deepEqual(await goOn(server.host, sessions), [0]);
    await assertHolds(server.registry);
    assert.equal(sessions.notes.size, 0);
  });
}

test("a session is begun anew when its beginning was another's", async () => {
  const storage = new TellingRegistry();
  await using server = await openFaultyServer(() => "pass", storage.registry);
  const sessions = new Sessions();
  await breakOff(server.host, sessions, storage);
  const [[key = "", id = ""] = []] = sessions.notes;
  const upload = await storage.content.startUpload("n");
  await upload.append(pieces(randomBlob(5_000_000).bytes, 1_000_000));
  const place = Buffer.from(id, "base64url").toString();
  const wrong = place.replace(/[^/]+$/, upload.id);
  sessions.notes.set(key, Buffer.from(wrong).toString("base64url"));
  assert.deepEqual(await goOn(server.host, sessions), [5_000_000, 0]);
  await assertHolds(server.registry);
});

/** The registry takes all of a PUT, and answers so. */
function refusing(status: number): Fault {
  return async (request, response) => {
    if (request.method !== "PUT") return "pass";
    for await (const _ of request);
    return answer(response, status);
  };
}

test("a session is kept while its registry is away, and not when the registry refuses its content", async () => {
  for (const [status, code, left] of [
    [503, "UNAVAILABLE", 1],
    [403, "DENIED", 0],
    [507, "UNKNOWN", 0],
  ] as const) {
    await using server = await openFaultyServer(refusing(status));
    const sessions = new Sessions();
    using client = openFastClient(server.host, { sessions });
    await failsWith(code, client.pushBlob("n", descriptor, from));
    assert.equal(sessions.notes.size, left, code);
    assert.equal(server.count(/^DELETE/), server.count(/^POST/) - left);
  }
});

test("a session that another process is at is left alone, and ours is cancelled when it fails", async () => {
  await using server = await openFaultyServer(refusing(403));
  const sessions = new Sessions();
  sessions.isTaken = true;
  using client = openFastClient(server.host, { sessions });
  await failsWith("DENIED", client.pushBlob("n", descriptor, from));
  assert.equal(sessions.notes.size, 0);
  assert.equal(server.count(/^DELETE/), 1);
  assert.ok(sessions.isTaken);
});

test("small blobs, and bodies that can be read once, are not remembered", async () => {
  await using server = await openFaultyServer(() => "pass");
  const sessions = new Sessions();
  using client = openFastClient(server.host, { sessions });
  const small = randomBlob(8 * 1024 * 1024 - 1);
  await client.pushBlob("n", small.descriptor, () => pieces(small.bytes, 1_000_000));
  await client.pushBlob("n", descriptor, from(0));
  assert.deepEqual(sessions.opened, []);
});

test("a session elsewhere than at the registry is not remembered", async () => {
  const storage = new TellingRegistry();
  await using elsewhere = await openFaultyServer(() => "pass", storage.registry);
  const upload = await storage.content.startUpload("n");
  const location = `http://${elsewhere.host}/v2/n/blobs/uploads/${upload.id}`;
  const fault: Fault = (request, response) =>
    request.method === "POST" ? answer(response, 202, { location, "content-length": 0 }) : "pass";
  await using server = await openFaultyServer(fault);
  const sessions = new Sessions();
  await breakOff(server.host, sessions, storage);
  assert.equal(sessions.notes.size, 0);
  assert.equal(elsewhere.count(/^DELETE/), 1);
});
