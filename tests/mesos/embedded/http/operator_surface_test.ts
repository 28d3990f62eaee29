import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { openBench } from "../bench.ts";
import { rawExchange } from "../raw_executor.ts";

const json = "application/json";
const path = "/slave(1)/api/v1";
const call = { method: "POST", path, headers: { "Content-Type": json, Accept: json }, body: '{"type":"GET_FLAGS"}' };
const dockerConfig = { auths: { "reg.example": { auth: "YTpi" } } };

type Request = Parameters<typeof rawExchange>[1];

function send(target: Parameters<typeof rawExchange>[0], request: Partial<typeof call>) {
  const { body, ...rest } = { ...call, ...request };
  const sent = rest.method === "GET" ? {} : { body: new TextEncoder().encode(body) };
  return rawExchange(target, { ...rest, ...sent } as Request);
}

test("answerOperator() tells the agent's flags, docker_config by its content", async () => {
  await using bench = await openBench({ dockerConfig });
  for (const one of [path, "/api/v1", "/slave%281%29/api/v1"]) {
    const { status, headers, body } = await send(bench.agent.endpoint, { path: one });
    assert.deepEqual([status, headers["content-type"]], [200, json]);
    const { type, get_flags } = JSON.parse(body);
    assert.equal(type, "GET_FLAGS");
    assert.deepEqual(get_flags.flags, [
      { name: "docker_config", value: JSON.stringify(dockerConfig) },
      { name: "work_dir", value: bench.workDir },
    ]);
  }
});

test("answerOperator() does not tell of a docker_config that the agent was started without", async () => {
  await using bench = await openBench();
  const { flags } = JSON.parse((await send(bench.agent.endpoint, {})).body).get_flags;
  assert.deepEqual(flags, [{ name: "work_dir", value: bench.workDir }]);
});

// In the order and the words of Http::api() of Mesos' src/slave/http.cpp; "alone" is ours.
const all = "application/json or application/x-protobuf or application/recordio";
const alone = "application/json: this embedded agent speaks application/json alone";
for (const [title, request, status, text] of [
  [
    "another method",
    { method: "GET" },
    405,
    "405 Method Not Allowed. Expecting one of { 'POST' }, but received 'GET'.",
  ],
  ["no Content-Type", { headers: { Accept: json } }, 400, "Expecting 'Content-Type' to be present"],
  ["an unknown Content-Type", { headers: { "Content-Type": "text/html" } }, 415, `Expecting 'Content-Type' of ${all}`],
  ["a charset", { headers: { "Content-Type": `${json}; charset=utf-8` } }, 415, `Expecting 'Content-Type' of ${all}`],
  ["protobuf", { headers: { "Content-Type": "application/x-protobuf" } }, 415, `Expecting 'Content-Type' of ${alone}`],
  [
    "an Accept of nothing that it has",
    { headers: { "Content-Type": json, Accept: "text/html" }, body: "garbage" },
    406,
    `Expecting 'Accept' to allow ${all}`,
  ],
  [
    "an Accept of protobuf",
    { headers: { "Content-Type": json, Accept: "application/x-protobuf" } },
    406,
    `Expecting 'Accept' to allow ${alone}`,
  ],
  ["a list", { body: "[]" }, 400, "Expecting a JSON object"],
  ["no type", { body: "{}" }, 400, "Failed to validate agent::Call: Expecting 'type' to be present"],
  [
    "another call",
    { body: '{"type":"GET_STATE"}' },
    501,
    "This embedded agent answers GET_FLAGS alone, found GET_STATE",
  ],
] as const) {
  test(`answerOperator() answers ${status} to ${title}`, async () => {
    await using bench = await openBench({ dockerConfig });
    const reply = await send(bench.agent.endpoint, request as Partial<typeof call>);
    assert.deepEqual([reply.status, reply.body], [status, text]);
  });
}

test("answerOperator() answers 400 to what is not JSON", async () => {
  await using bench = await openBench({ dockerConfig });
  const { status, body } = await send(bench.agent.endpoint, { body: "garbage" });
  assert.equal(status, 400);
  assert.match(body, /^Failed to parse body into JSON: ./);
});

test("answerOperator() takes an absent Accept for any", async () => {
  await using bench = await openBench();
  assert.equal((await send(bench.agent.endpoint, { headers: { "Content-Type": json } as never })).status, 200);
});

test("answerOperator() has no flags to tell before the agent has recovered", async () => {
  await using bench = await openBench();
  for (const [stage, status, body] of [
    ["starting", 404, ""],
    ["recovering", 503, "Agent has not finished recovery"],
    ["reconnecting", 503, "Agent has not finished recovery"],
  ] as const) {
    await bench.agent.setStage(stage);
    const reply = await send(bench.agent.endpoint, {});
    assert.deepEqual([reply.status, reply.body], [status, body], stage);
  }
});

test("answerOperator() asks for no token, which executors need for their own API", async () => {
  await using bench = await openBench({ authentication: "token" });
  assert.equal((await send(bench.agent.endpoint, {})).status, 200);
  assert.equal((await send(bench.agent.endpoint, { path: `${path}/executor` })).status, 401);
});

test("answerOperator() serves the domain socket too, by the agent's own path alone", async () => {
  const socketPath = `/tmp/operator-${process.pid}.sock`;
  await using _bench = await openBench({ listen: { kind: "unix", path: socketPath } });
  assert.equal((await send({ socketPath }, {})).status, 200);
  assert.equal((await send({ socketPath }, { path: "/api/v1" })).status, 403);
});
