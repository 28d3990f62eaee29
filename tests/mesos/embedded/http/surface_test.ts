import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import process from "node:process";
import { test } from "node:test";
import {
  Call_Type,
  type CallInit,
  encodeCall,
  type StatusInit,
  TaskState,
  TaskStatus_Source,
} from "../../../../src/mesos/protocol.ts";
import { type Bench, openBench } from "../bench.ts";
import { rawExchange } from "../raw_executor.ts";
import { readCalls } from "../recording.ts";

const protobuf = "application/x-protobuf";
const both = { "Content-Type": protobuf, Accept: protobuf };
const ids = { executorId: { value: "ex" }, frameworkId: { value: "" } };

/** 16 bytes that are no RFC 4122 UUID, as the recorder sent them. */
const notRfc4122 = new Uint8Array(16).fill(1);

type Probe = Parameters<typeof rawExchange>[1];

/** The recorded malformed requests, made again from their names. */
function toProbe(name: string, frameworkId: string): Probe {
  const known = { ...ids, frameworkId: { value: frameworkId } };
  const status: StatusInit = { taskId: { value: "t" }, state: TaskState.TASK_RUNNING, uuid: notRfc4122 };
  const executed: StatusInit = { ...status, source: TaskStatus_Source.EXECUTOR };
  const update = (given: StatusInit): CallInit => ({ ...known, type: Call_Type.UPDATE, update: { status: given } });
  const subscribe: CallInit = { ...known, type: Call_Type.SUBSCRIBE, subscribe: {} };
  const { uuid: _, ...withoutUuid } = executed;
  const probes: Record<string, Probe> = {
    GET: { method: "GET" },
    "no content type": { headers: { Accept: protobuf }, body: encodeCall(subscribe) },
    "content type charset": { headers: { ...both, "Content-Type": `${protobuf}; charset=utf-8` } },
    garbage: { headers: both, body: Buffer.from("garbage") },
    "bad accept": { headers: { ...both, Accept: "text/html" }, body: encodeCall(subscribe) },
    "update before subscribe": { headers: both, body: encodeCall(update(executed)) },
    "update without source": { headers: both, body: encodeCall(update(status)) },
    "update without uuid": { headers: both, body: encodeCall(update(withoutUuid)) },
    "update bad uuid": { headers: both, body: encodeCall(update({ ...executed, uuid: Uint8Array.of(1, 2) })) },
    "update staging": { headers: both, body: encodeCall(update({ ...executed, state: TaskState.TASK_STAGING })) },
    "unknown framework": { headers: both, body: encodeCall({ ...subscribe, frameworkId: { value: "none" } }) },
    "unknown executor": { headers: both, body: encodeCall({ ...subscribe, executorId: { value: "none" } }) },
    heartbeat: {
      headers: both,
      body: encodeCall({ executorId: { value: "x" }, frameworkId: { value: "y" }, type: Call_Type.HEARTBEAT }),
    },
    "subscribe without subscribe field": {
      headers: both,
      body: encodeCall({ ...known, type: Call_Type.SUBSCRIBE }),
    },
    "short path": {
      path: "/api/v1/executor",
      headers: { ...both, Accept: "text/html" },
      body: encodeCall(subscribe),
    },
  };
  const probe = probes[name];
  if (!probe) throw new Error(`no such probe: ${name}`);
  return probe;
}

test("judge() gives the recorded answers to malformed requests", async () => {
  await using bench = await openBench();
  bench.launch("t");
  const recorded = readCalls("launch").filter(({ probe }) => probe !== undefined);
  assert.equal(recorded.length, 15);
  for (const { probe = "", status, headers = {}, body } of recorded) {
    const reply = await rawExchange(bench.agent.endpoint, toProbe(probe, bench.frameworkId));
    assert.deepEqual([probe, reply.status, reply.body], [probe, status, body]);
    for (const name of ["allow", "content-type", "content-length"]) {
      assert.equal(reply.headers[name], headers[name], `${name} of "${probe}"`);
    }
  }
});

async function post(bench: Bench, call: CallInit, options: Probe = {}): Promise<[number, string]> {
  const body = encodeCall({ ...ids, frameworkId: { value: bench.frameworkId }, ...call });
  const reply = await rawExchange(bench.agent.endpoint, { headers: both, body, ...options });
  return [reply.status, reply.body];
}

test("judge() refuses other calls of an executor that has not subscribed", async () => {
  await using bench = await openBench();
  bench.launch("t");
  const update = { type: Call_Type.UPDATE, update: { status: bench.raw().status("t", TaskState.TASK_RUNNING) } };
  assert.deepEqual(await post(bench, update), [403, "Executor is not subscribed"]);
  const message = { type: Call_Type.MESSAGE, message: { data: new Uint8Array() } };
  assert.deepEqual(await post(bench, message), [403, "Executor is not subscribed"]);
});

test("judge() answers 501 to a call of type UNKNOWN", async () => {
  await using bench = await openBench();
  bench.launch("t");
  await bench.raw().subscribe();
  assert.deepEqual(await post(bench, { type: Call_Type.UNKNOWN }), [501, ""]);
});

test("judge() says that it cannot speak JSON instead of answering in protobuf", async () => {
  await using bench = await openBench();
  const [status, body] = await post(
    bench,
    {},
    { headers: { "Content-Type": "application/json" }, body: Buffer.from("{}") },
  );
  assert.equal(status, 415);
  assert.match(body, /does not speak application\/json/);
  const subscribe = { type: Call_Type.SUBSCRIBE, subscribe: {} };
  for (const accept of ["*/*", "application/*", `${protobuf}, application/json`, `${protobuf},*/*;q=0`]) {
    const refused = await post(bench, subscribe, {
      headers: { ...both, Accept: accept },
      body: encodeCall({ ...ids, frameworkId: { value: bench.frameworkId }, ...subscribe }),
    });
    assert.equal(refused[0], 406, accept);
    assert.match(refused[1], /Expecting 'Accept' of exactly 'application\/x-protobuf'/);
  }
  const headers = { "Content-Type": protobuf };
  const body2 = encodeCall({ ...ids, ...subscribe });
  assert.equal((await rawExchange(bench.agent.endpoint, { headers, body: body2 })).status, 406);
});

test("judge() serves both paths on TCP, percent-encoded too, and no other", async () => {
  await using bench = await openBench();
  const heartbeat = encodeCall({ ...ids, type: Call_Type.HEARTBEAT });
  const statusOf = async (path: string) =>
    (await rawExchange(bench.agent.endpoint, { path, headers: both, body: heartbeat })).status;
  assert.equal(await statusOf("/slave(1)/api/v1/executor"), 202);
  assert.equal(await statusOf("/slave%281%29/api/v1/executor?x=1"), 202);
  assert.equal(await statusOf("/api/v1/executor"), 202);
  assert.equal(await statusOf("/slave(2)/api/v1/executor"), 404);
  assert.equal(await statusOf("/api/v1/scheduler"), 404);
  assert.equal(await statusOf("/%"), 404);
});

test("judge() serves the process' own path alone on the UNIX socket", async () => {
  const path = `/tmp/surface-${process.pid}.sock`;
  await using bench = await openBench({ listen: { kind: "unix", path } });
  const heartbeat = encodeCall({ ...ids, type: Call_Type.HEARTBEAT });
  const statusOf = async (given: string) =>
    (await rawExchange({ socketPath: path }, { path: given, headers: both, body: heartbeat })).status;
  assert.equal(await statusOf("/slave(1)/api/v1/executor"), 202);
  assert.equal(await statusOf("/api/v1/executor"), 403);
  assert.equal(await statusOf("/"), 403);
  assert.equal((await rawExchange(bench.agent.endpoint, { headers: both, body: heartbeat })).status, 202);
});

test("judge() asks for a token before anything else", async () => {
  await using bench = await openBench({ authentication: "token" });
  const reply = await rawExchange(bench.agent.endpoint, { method: "GET" });
  assert.equal(reply.status, 401);
  assert.equal(reply.headers["www-authenticate"], "Bearer realm='mesos-agent-executor'");
  const wrong = await rawExchange(bench.agent.endpoint, { headers: { Authorization: "Bearer a.b.c" } });
  assert.equal(wrong.status, 401);
  assert.match(String(wrong.headers["www-authenticate"]), /error='invalid_token', error_description='Invalid JWT'/);
});

test("judge() refuses the token of another executor", async () => {
  await using bench = await openBench({ authentication: "token" });
  bench.launch("one", { executorId: "mine" });
  bench.launch("two", { executorId: "other" });
  // Launches run side by side: which container comes first is chance.
  const containers = [await bench.containerizer.container(0), await bench.containerizer.container(1)];
  const [mine, other] = ["mine", "other"].map((id) => {
    const found = containers.find(({ spec }) => spec.environment.MESOS_EXECUTOR_ID === id);
    return found?.spec.environment.MESOS_EXECUTOR_AUTHENTICATION_TOKEN ?? "";
  }) as [string, string];
  const reply = await bench.raw("mine", { token: other }).call({ type: Call_Type.SUBSCRIBE, subscribe: {} });
  assert.equal(reply.status, 403);
  assert.match(reply.body, /'eid' claim with the executor ID mine/);
  const stream = await bench.raw("mine", { token: mine }).subscribe();
  assert.equal((await stream.take(1)).length, 1);
});

test("judge() answers by stage: 404 without routes, 503 before recovery, then SUBSCRIBE alone", async () => {
  await using bench = await openBench();
  bench.launch("t");
  await bench.containerizer.container();
  const update = { type: Call_Type.UPDATE, update: { status: bench.raw().status("t", TaskState.TASK_RUNNING) } };
  await bench.agent.setStage("starting");
  assert.deepEqual(await post(bench, update), [404, ""]);
  await bench.agent.setStage("recovering");
  assert.deepEqual(await post(bench, update), [503, "Agent has not finished recovery"]);
  assert.equal((await rawExchange(bench.agent.endpoint, { method: "GET" })).status, 503);
  await bench.agent.setStage("reconnecting");
  assert.deepEqual(await post(bench, update), [503, "Agent has not finished recovery"]);
  assert.deepEqual(await post(bench, { type: Call_Type.HEARTBEAT }), [202, ""]);
  const stream = await bench.raw().subscribe();
  assert.equal((await stream.take(2)).length, 2);
});

test("judge() refuses a call that lacks a required field as libprotobuf would", async () => {
  await using bench = await openBench();
  // UPDATE whose status has a task id and no state.
  const bytes = Buffer.from("0a040a0265781203 0a0166 1802 2a07 0a050a030a0174".replaceAll(" ", ""), "hex");
  const reply = await rawExchange(bench.agent.endpoint, { headers: both, body: bytes });
  assert.deepEqual([reply.status, reply.body], [400, "Failed to parse body into Call protobuf"]);
});
