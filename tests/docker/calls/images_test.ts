import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { buffer } from "node:stream/consumers";
import { test } from "node:test";
import { openEngine, type TransferProgress } from "../../../src/docker/mod.ts";
import { FakeClock } from "../../fakes/fake_clock.ts";
import { answerJson, type FakeRequest, startFakeDaemon, untilNobodyIsConnected, version29 } from "../fake_daemon.ts";

const digest = `sha256:${"0".repeat(64)}`;

async function* chunksOf(...chunks: Uint8Array[]): AsyncGenerator<Uint8Array> {
  yield* chunks;
}

test("inspectImage() gives undefined for an image that is not there, and keeps the slashes of its name", async () => {
  await using daemon = await startFakeDaemon((_request, response) => answerJson(response, 404, { message: "no" }));
  await using engine = openEngine(daemon.address);
  assert.equal(await engine.inspectImage(`localhost:5000/a/b:c@${digest}`), undefined);
  assert.equal(
    daemon.requests.at(-1),
    `GET /v1.41/images/localhost%3A5000/a/b%3Ac%40${digest.replace(":", "%3A")}/json`,
  );
  for (const name of ["", "a/../../containers/c1", "a//b", "/a"]) {
    await assert.rejects(engine.inspectImage(name), { code: "invalid" }, name);
    await assert.rejects(engine.pullImage(name), { code: "invalid" }, name);
    await assert.rejects(engine.removeImage(name), { code: "invalid" }, name);
  }
  assert.equal(daemon.requests.length, 2);
});

test("inspectImage() works with dockerd 29, which has neither ContainerConfig nor empty fields", async () => {
  const image = { Id: digest, RepoTags: ["a:b"], Os: "linux", Architecture: "amd64", Config: { Env: ["PATH=/bin"] } };
  await using daemon = await startFakeDaemon((_request, response) => answerJson(response, 200, image), {
    version: version29,
  });
  await using engine = openEngine(daemon.address);
  const found = await engine.inspectImage("a:b");
  assert.deepEqual(found?.Config.Entrypoint, []);
  assert.deepEqual(found?.Config.Env, ["PATH=/bin"]);
  assert.deepEqual(found?.raw, image);
});

test("pullImage() asks for one tag or digest, never for all tags", async () => {
  await using daemon = await startFakeDaemon((_request, response) => response.end("{}\n"));
  await using engine = openEngine(daemon.address);
  for (const [reference, query] of [
    ["a", "fromImage=a&tag=latest"],
    ["localhost:5000/a:b", "fromImage=localhost%3A5000%2Fa&tag=b"],
    [`a:b@${digest}`, `fromImage=a&tag=${encodeURIComponent(digest)}`],
  ] as const) {
    await engine.pullImage(reference);
    assert.equal(daemon.requests.at(-1), `POST /v1.41/images/create?${query}`);
  }
  await engine.pullImage("a:b", { platform: "linux/arm64" });
  assert.equal(daemon.requests.at(-1), "POST /v1.41/images/create?fromImage=a&tag=b&platform=linux%2Farm64");
  await using old = openEngine(daemon.address, { apiVersion: "1.31" });
  await assert.rejects(old.pullImage("a:b", { platform: "linux/arm64" }), {
    code: "unsupported",
    message: 'Cannot pull image "a:b": platform needs API 1.32, spoken is 1.31',
  });
});

test("pullImage() passes credentials on in a header, and progress out", async () => {
  const seen: FakeRequest[] = [];
  await using daemon = await startFakeDaemon((request, response) => {
    seen.push(request);
    response.write('{"status":"Pulling","id":"b"}\r\n{"status":"Down');
    response.end('loading","id":"l1","progressDetail":{"current":5,"total":9}}\r\n');
  });
  await using engine = openEngine(daemon.address);
  const progress: TransferProgress[] = [];
  const password = "ü>?~secret";
  await engine.pullImage("r/a:b", {
    auth: { kind: "password", username: "me", password, serverAddress: "r" },
    onProgress: (line) => progress.push(line),
  });
  await engine.pullImage("r/a:b", { auth: { kind: "identity", token: "t", serverAddress: "r" } });
  await engine.pullImage("r/a:b", { auth: { kind: "bearer", token: "t" } });
  await engine.pullImage("r/a:b");
  const headers = seen.map(({ message }) => message.headers["x-registry-auth"]);
  const decoded = headers.map((header) =>
    typeof header === "string" ? JSON.parse(Buffer.from(header, "base64url").toString()) : undefined,
  );
  assert.deepEqual(decoded, [
    { username: "me", password, serveraddress: "r" },
    { identitytoken: "t", serveraddress: "r" },
    { registrytoken: "t" },
    undefined,
  ]);
  assert.match(String(headers[0]), /^[\w-]+=*$/);
  assert.deepEqual(progress, [
    { status: "Pulling", id: "b" },
    { status: "Downloading", id: "l1", currentBytes: 5, totalBytes: 9 },
  ]);
});

test("pullImage() throws an error that comes inside a stream that began with 200", async () => {
  await using daemon = await startFakeDaemon((_request, response) => {
    response.end(
      '{"status":"Pulling"}\r\n{"errorDetail":{"message":"no space left on device"},"error":"no space left on device"}\r\n',
    );
  });
  await using engine = openEngine(daemon.address);
  await assert.rejects(engine.pullImage("a:b"), {
    code: "failed",
    message: 'Cannot pull image "a:b": no space left on device',
  });
});

test("pullImage() takes a stream that is cut for a failure", async () => {
  await using daemon = await startFakeDaemon((_request, response) => {
    response.write('{"status":"Pulling"}\r\n', () => response.destroy());
  });
  await using engine = openEngine(daemon.address);
  await assert.rejects(engine.pullImage("a:b"), {
    code: "failed",
    retryable: true,
    message: /closed the connection before/,
  });
});

test("pullImage() takes what is no progress for a failure", async () => {
  for (const body of ["<html>", '["x"]', '{"status":1}']) {
    await using daemon = await startFakeDaemon((_request, response) => response.end(body));
    await using engine = openEngine(daemon.address);
    await assert.rejects(engine.pullImage("a:b"), { code: "failed", message: /^Cannot pull image "a:b": / }, body);
  }
});

test("pullImage() has a deadline for silence, which each line starts again", async () => {
  const clock = new FakeClock();
  const { promise: opened, resolve: open } = Promise.withResolvers<(line: string) => void>();
  await using daemon = await startFakeDaemon((_request, response) => open((line) => response.write(`${line}\n`)));
  await using engine = openEngine(daemon.address, { clock });
  let seen = Promise.withResolvers<void>();
  const call = engine.pullImage("a:b", { onProgress: () => seen.resolve() });
  const write = await opened;
  for (let line = 0; line < 3; line++) {
    clock.advance(299_000);
    write('{"status":"Downloading"}');
    await seen.promise;
    seen = Promise.withResolvers<void>();
  }
  clock.advance(300_000);
  await assert.rejects(call, {
    code: "timeout",
    message: 'Cannot pull image "a:b": the Docker daemon said nothing more within 300 s',
  });
  await untilNobodyIsConnected(daemon);
});

test("loadImage() streams the archive and gives what the daemon names", async () => {
  let received = Buffer.alloc(0);
  await using daemon = await startFakeDaemon(async (request, response) => {
    received = await buffer(request.message);
    response.end(
      `{"status":"Loading layer","id":"l1"}\n{"stream":"Loaded image: a:b\\n"}\n{"stream":"Loaded image ID: ${digest}\\n"}\n`,
    );
  });
  await using engine = openEngine(daemon.address);
  const progress: TransferProgress[] = [];
  const archive = chunksOf(Buffer.from("one "), new Uint8Array(0), new TextEncoder().encode("two"));
  assert.deepEqual(await engine.loadImage(archive, { onProgress: (line) => progress.push(line) }), ["a:b", digest]);
  assert.equal(received.toString(), "one two");
  assert.deepEqual(progress, [{ status: "Loading layer", id: "l1" }]);
});

test("loadImage() of an archive without images is an error", async () => {
  await using daemon = await startFakeDaemon((request, response) => {
    request.message.on("end", () => response.end()).resume();
  });
  await using engine = openEngine(daemon.address);
  await assert.rejects(engine.loadImage(chunksOf(Buffer.from("x"))), {
    code: "failed",
    message: /: the daemon named no image, so the archive had none$/,
  });
});

test("loadImage() ends with the error of an archive that cannot be read", async () => {
  await using daemon = await startFakeDaemon(() => undefined);
  await using engine = openEngine(daemon.address);
  const cause = new Error("disk gone");
  async function* broken(): AsyncGenerator<Uint8Array> {
    yield Buffer.from("x");
    throw cause;
  }
  await assert.rejects(engine.loadImage(broken()), {
    code: "failed",
    cause,
    message: /: the data to be sent could not be read \(disk gone\)$/,
  });
  await untilNobodyIsConnected(daemon);
});

test("loadImage() closes the archive when the daemon refuses in the middle", async () => {
  await using daemon = await startFakeDaemon((_request, response) => answerJson(response, 500, { message: "full" }));
  await using engine = openEngine(daemon.address);
  const closed = Promise.withResolvers<void>();
  async function* endless(): AsyncGenerator<Uint8Array> {
    try {
      for (;;) {
        yield new Uint8Array(65_536);
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    } finally {
      closed.resolve();
    }
  }
  // dockerd reads on after an error. Where a daemon does not, its words may be lost behind the broken pipe.
  await assert.rejects(engine.loadImage(endless()), { name: "EngineError", code: "failed" });
  await closed.promise;
  await untilNobodyIsConnected(daemon);
});

test("loadImage() has a deadline for a daemon that takes nothing, and none for a slow archive", async () => {
  const clock = new FakeClock();
  const { promise: next, resolve: give } = Promise.withResolvers<Uint8Array>();
  await using daemon = await startFakeDaemon(() => undefined);
  await using engine = openEngine(daemon.address, { clock });
  await engine.version();
  const asked = Promise.withResolvers<void>();
  async function* slow(): AsyncGenerator<Uint8Array> {
    asked.resolve();
    yield await next;
    for (;;) yield new Uint8Array(1024 * 1024);
  }
  const call = engine.loadImage(slow());
  await asked.promise;
  clock.advance(3_600_000);
  give(new Uint8Array(1));
  await clock.scheduled(300_000);
  // The daemon reads nothing, so the archive stands still as soon as the buffers between are full.
  const timer = setInterval(() => clock.advance(100_000), 50);
  await assert.rejects(call, { code: "timeout", message: /: the Docker daemon took no more data within 300 s$/ });
  clearInterval(timer);
});

test("tagImage() takes the tag off, and leaves a digest for the daemon to refuse", async () => {
  await using daemon = await startFakeDaemon((_request, response) => response.writeHead(201).end());
  await using engine = openEngine(daemon.address);
  await engine.tagImage("127.0.0.1:5000/x:y", "r:1/a:b");
  assert.equal(daemon.requests.at(-1), "POST /v1.41/images/127.0.0.1%3A5000/x%3Ay/tag?repo=r%3A1%2Fa&tag=b");
  await engine.tagImage("x", `a@${digest}`);
  assert.equal(daemon.requests.at(-1), `POST /v1.41/images/x/tag?repo=${encodeURIComponent(`a@${digest}`)}`);
});

test("removeImage() is content with an image that is gone, and tells one in use", async () => {
  await using daemon = await startFakeDaemon((request, response) => {
    const status = request.path.endsWith("gone") ? 404 : 409;
    answerJson(response, status, { message: "in use" });
  });
  await using engine = openEngine(daemon.address);
  await engine.removeImage("gone");
  await assert.rejects(engine.removeImage("used", { force: true }), {
    code: "conflict",
    message: 'Cannot remove image "used": in use (status 409)',
  });
  assert.equal(daemon.requests.at(-1), "DELETE /v1.41/images/used?force=1");
});
