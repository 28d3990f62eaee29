import assert from "node:assert/strict";
import { test } from "node:test";
import { EngineError, openEngine } from "../../../src/docker/mod.ts";
import { FakeClock } from "../../fakes/fake_clock.ts";
import { answerJson, type FakeAnswer, startFakeDaemon, untilNobodyIsConnected, version29 } from "../fake_daemon.ts";

const answerInfo: FakeAnswer = (_request, response) => answerJson(response, 200, { Name: "fake" });
const neverAnswer: FakeAnswer = () => undefined;

test("version() is asked once, and every call speaks what was agreed", async () => {
  await using daemon = await startFakeDaemon(answerInfo);
  await using engine = openEngine(daemon.address);
  await Promise.all([engine.info(), engine.info(), engine.version()]);
  assert.deepEqual(await engine.version(), {
    apiVersion: "1.41",
    minApiVersion: "1.12",
    engineVersion: "20.10.24+dfsg1",
    os: "linux",
    arch: "amd64",
  });
  assert.deepEqual(daemon.requests, ["GET /version", "GET /v1.41/info", "GET /v1.41/info"]);
});

test("version() speaks 1.52 with a daemon that refuses all below 1.44", async () => {
  await using daemon = await startFakeDaemon(answerInfo, { version: version29 });
  await using engine = openEngine(daemon.address);
  assert.equal((await engine.info()).Name, "fake");
  assert.deepEqual(daemon.requests, ["GET /version", "GET /v1.52/info"]);
});

test("calls speak the version that openEngine() was given, if the daemon takes it", async () => {
  await using daemon = await startFakeDaemon(answerInfo, { version: version29 });
  await using fitting = openEngine(daemon.address, { apiVersion: "1.45" });
  await fitting.info();
  assert.equal(daemon.requests.at(-1), "GET /v1.45/info");
  await using old = openEngine(daemon.address, { apiVersion: "1.40" });
  await assert.rejects(old.info(), {
    code: "unsupported",
    message: /the daemon 29\.0\.0 takes API 1\.44 to 1\.52, wanted is 1\.40$/,
  });
});

test("calls fail with a daemon that no longer takes our versions", async () => {
  const version = { ...version29, ApiVersion: "1.70", MinAPIVersion: "1.60" };
  await using daemon = await startFakeDaemon(answerInfo, { version });
  await using engine = openEngine(daemon.address);
  await assert.rejects(engine.info(), { name: "EngineError", code: "unsupported", retryable: false });
});

test("calls ask for the version again after the daemon has refused theirs", async () => {
  const version = { ...version29 };
  await using daemon = await startFakeDaemon(
    (request, response) => {
      if (request.apiVersion === version.ApiVersion) return answerJson(response, 200, { Name: "fake" });
      answerJson(response, 400, { message: `client version ${request.apiVersion} is too new` });
    },
    { version },
  );
  await using engine = openEngine(daemon.address);
  await engine.info();
  version.ApiVersion = "1.44"; // The daemon was replaced by an older one.
  await assert.rejects(engine.info(), {
    code: "invalid",
    status: 400,
    message: /: client version 1\.52 is too new \(status 400\)$/,
  });
  assert.equal((await engine.info()).Name, "fake");
  assert.equal(daemon.requests.at(-1), "GET /v1.44/info");
});

test("a call ends at its deadline when the daemon hangs, and closes its connection", async () => {
  const clock = new FakeClock();
  await using daemon = await startFakeDaemon(neverAnswer);
  await using engine = openEngine(daemon.address, { clock });
  await engine.version();
  const call = engine.info();
  await clock.scheduled(30_000);
  clock.advance(30_000);
  await assert.rejects(call, {
    code: "timeout",
    retryable: true,
    message: `Cannot ask for the state of "unix://${daemon.address.kind === "unix" && daemon.address.path}": the Docker daemon gave no answer within 30 s`,
  });
  await untilNobodyIsConnected(daemon);
  assert.deepEqual(clock.delays, []);
});

test("a call has the deadline that it is given", async () => {
  const clock = new FakeClock();
  await using daemon = await startFakeDaemon(neverAnswer);
  await using engine = openEngine(daemon.address, { clock, deadlines: { callMs: 7000 } });
  await engine.version();
  const short = engine.info({ deadlineMs: 500 });
  await clock.scheduled(500);
  clock.advance(500);
  await assert.rejects(short, { code: "timeout", message: /within 0\.5 s$/ });
  const usual = engine.info();
  await clock.scheduled(7000);
  clock.advance(7000);
  await assert.rejects(usual, { code: "timeout", message: /within 7 s$/ });
});

test("a call that is aborted closes its connection and keeps the reason", async () => {
  const controller = new AbortController();
  await using daemon = await startFakeDaemon(() => controller.abort(new Error("killed")));
  await using engine = openEngine(daemon.address);
  await assert.rejects(engine.info({ signal: controller.signal }), (error) => {
    assert.ok(error instanceof EngineError);
    assert.equal(error.code, "aborted");
    assert.match(error.message, /: aborted \(killed\)$/);
    assert.equal(error.cause, controller.signal.reason);
    return true;
  });
  await untilNobodyIsConnected(daemon);
});

test("a call that was aborted before sends nothing", async () => {
  await using daemon = await startFakeDaemon(answerInfo);
  await using engine = openEngine(daemon.address);
  await assert.rejects(engine.info({ signal: AbortSignal.abort() }), { code: "aborted" });
  assert.deepEqual(daemon.requests, []);
});

test("one caller's abort leaves the others' question for the version alone", async () => {
  const controller = new AbortController();
  await using daemon = await startFakeDaemon(answerInfo);
  await using engine = openEngine(daemon.address);
  const first = engine.info({ signal: controller.signal });
  const second = engine.info();
  controller.abort();
  await assert.rejects(first, { code: "aborted" });
  assert.equal((await second).Name, "fake");
  assert.equal(daemon.requests.filter((request) => request === "GET /version").length, 1);
});

test("disposing the engine aborts what is open, and refuses what comes later", async () => {
  const asked = Promise.withResolvers<void>();
  await using daemon = await startFakeDaemon(() => asked.resolve());
  const engine = openEngine(daemon.address);
  const call = engine.info();
  const refused = assert.rejects(call, {
    code: "aborted",
    message: /: the connection to the Docker daemon was closed$/,
  });
  await asked.promise;
  await engine[Symbol.asyncDispose]();
  await refused;
  await untilNobodyIsConnected(daemon);
  await assert.rejects(engine.version(), { code: "aborted" });
});

test("a daemon's error is passed on in its own words", async () => {
  const answers: [status: number, body: string, found: string, retryable: boolean][] = [
    [500, '{"message":"driver failed"}', "driver failed (status 500)", false],
    [500, "plain text\n", "plain text (status 500)", false],
    [503, "", "the Docker daemon answered 503", true],
    [403, '{"error":"other form"}', '{"error":"other form"} (status 403)', false],
  ];
  for (const [status, body, found, retryable] of answers) {
    await using daemon = await startFakeDaemon((_request, response) => response.writeHead(status).end(body));
    await using engine = openEngine(daemon.address);
    await assert.rejects(engine.info(), (error) => {
      assert.ok(error instanceof EngineError);
      assert.equal(error.status, status);
      assert.equal(error.retryable, retryable);
      assert.ok(error.message.endsWith(`": ${found}`), error.message);
      return true;
    });
  }
});

test("an endless explanation of an error is cut", async () => {
  await using daemon = await startFakeDaemon((_request, response) => {
    response.writeHead(500);
    const write = () => {
      while (response.write("x".repeat(65_536)));
    };
    response.on("drain", write);
    write();
  });
  await using engine = openEngine(daemon.address);
  await assert.rejects(engine.info(), (error) => error instanceof EngineError && error.message.length < 2200);
  await untilNobodyIsConnected(daemon);
});

test("an answer that is cut is an error", async () => {
  const cuts: FakeAnswer[] = [
    (_request, response) => {
      response.writeHead(200, { "content-length": "100" });
      response.write('{"Name":"fa', () => response.destroy());
    },
    (_request, response) => {
      response.writeHead(200);
      response.write('{"Name":"fa', () => response.destroy());
    },
  ];
  for (const cut of cuts) {
    await using daemon = await startFakeDaemon(cut);
    await using engine = openEngine(daemon.address);
    await assert.rejects(engine.info(), {
      code: "failed",
      retryable: true,
      message: /: the Docker daemon closed the connection before its answer was complete$/,
    });
  }
});

test("an answer that is no JSON, or another document, is an error", async () => {
  for (const body of ["<html>", "[]", '{"NCPU":"two"}', ""]) {
    await using daemon = await startFakeDaemon((_request, response) => response.end(body));
    await using engine = openEngine(daemon.address);
    await assert.rejects(engine.info(), { code: "failed", message: /: the answer makes no sense \(/ }, body);
  }
});
