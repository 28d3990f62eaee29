import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { test } from "node:test";
import { AgentDockerConfig, type AgentDockerConfigOptions } from "../../../src/executor/desk/agent_docker_config.ts";
import { findRegistryAuth } from "../../../src/images/credentials/mod.ts";
import { plainTransport } from "../../../src/mesos/agent_request.ts";
import { FakeClock } from "../../fakes/fake_clock.ts";
import { answering, answeringFlags, type OperatorAgent, openOperatorAgent } from "../../fakes/operator_agent.ts";
import { errorOf, inTime } from "../../fakes/waiting.ts";
import { RecordingLog } from "../recording_log.ts";

const secret = Buffer.from("alice:hunter2").toString("base64");
const auths = { "reg.example": { auth: secret } };
const told = { docker_config: JSON.stringify({ auths }) };

/** Asks an agent, and what is logged meanwhile. */
function openConfig({ address }: Pick<OperatorAgent, "address">, more: Partial<AgentDockerConfigOptions> = {}) {
  const log = new RecordingLog();
  const clock = new FakeClock();
  const config = new AgentDockerConfig({ name: "the agent's --docker_config", address, clock, log, ...more });
  return { config, log, clock };
}

async function userOf(config: AgentDockerConfig): Promise<string | undefined> {
  const found = await config.read();
  const auth = found && findRegistryAuth(found, "reg.example/app");
  return auth?.kind === "password" ? `${auth.username}:${auth.password}` : undefined;
}

for (const [form, value] of [
  ["with auths", { auths }],
  ["of the older form", auths],
] as const) {
  test(`read() gives a configuration ${form}, asks once, and tells nobody of it`, async () => {
    await using agent = await openOperatorAgent(answeringFlags({ docker_config: JSON.stringify(value) }));
    const { config, log } = openConfig(agent);
    assert.deepEqual(await Promise.all([userOf(config), userOf(config)]), ["alice:hunter2", "alice:hunter2"]);
    assert.equal(await userOf(config), "alice:hunter2");
    assert.equal(agent.calls.length, 1);
    assert.deepEqual(log.lines, []);
  });
}

test("read() gives nothing, and says so once, when the agent has no such flag", async () => {
  await using agent = await openOperatorAgent(answeringFlags({ work_dir: "/w" }));
  const { config, log } = openConfig(agent);
  assert.equal(await config.read(), undefined);
  assert.equal(await config.read(), undefined);
  assert.equal(agent.calls.length, 1);
  assert.deepEqual(log.lines, [{ level: "debug", message: "the agent has no --docker_config", fields: {} }]);
});

const refused = (status: number) => new RegExp(`^Cannot read the agent's flags at .*: the agent answered ${status}`);
for (const [title, respond, level, found] of [
  ["wants a login", answering(401, ""), "debug", refused(401)],
  ["forbids it", answering(403, ""), "debug", refused(403)],
  ["has no operator API", answering(404, ""), "debug", refused(404)],
  ["recovers", answering(503, "Agent has not finished recovery"), "warn", refused(503)],
  ["answers something else", answering(200, secret), "warn", /: its answer is not JSON$/],
  [
    "cuts the connection",
    (response: ServerResponse) => response.socket?.destroy(),
    "warn",
    /^Cannot read the agent's flags at 127/,
  ],
  [
    "has a flag that is not JSON",
    answeringFlags({ docker_config: secret }),
    "warn",
    /^Cannot use "the agent's --docker_config": it is not JSON$/,
  ],
  [
    "has an entry that is none",
    answeringFlags({ docker_config: `{"auths":{"${secret}":{"auth":"hunter2:"}}}` }),
    "warn",
    /^Cannot use "the agent's --docker_config": "auth" of entry 1 is not base64/,
  ],
] as const) {
  test(`read() gives nothing when the agent ${title}, and says what was found in one line`, async () => {
    await using agent = await openOperatorAgent(respond);
    const { config, log } = openConfig(agent);
    assert.equal(await config.read(), undefined);
    assert.equal(await config.read(), undefined);
    assert.equal(agent.calls.length, 1, "it is asked once, whatever it says");
    const [line, ...more] = log.lines;
    assert.deepEqual(more, []);
    const message = "images are asked for without credentials of the agent's --docker_config";
    assert.deepEqual([line?.level, line?.message], [level, message]);
    assert.match(String(line?.fields.found), found);
    assert.doesNotMatch(JSON.stringify(log.lines), new RegExp(`hunter2|${secret}`));
  });
}

test("read() gives up an agent that does not answer in three seconds", async () => {
  const asked = Promise.withResolvers<void>();
  await using agent = await openOperatorAgent(() => asked.resolve());
  const { config, log, clock } = openConfig(agent);
  const reading = config.read();
  await asked.promise;
  clock.advance(3000);
  assert.equal(await inTime(reading, "nothing"), undefined);
  assert.deepEqual(
    log.lines.map(({ level, fields }) => [level, String(fields.found).replace(/127\S+/, "AGENT")]),
    [["warn", "Cannot read the agent's flags at AGENT no answer in 3 s"]],
  );
});

test("read() asks nobody without TLS but on this host", async () => {
  let requests = 0;
  const transport: typeof plainTransport = {
    ...plainTransport,
    request: (options) => {
      requests++;
      return plainTransport.request({ ...options, host: "127.0.0.1" });
    },
  };
  await using agent = await openOperatorAgent(answeringFlags(told));
  const far = { address: { ...agent.address, host: "192.0.2.1" } };
  const plain = openConfig(far);
  assert.equal(await plain.config.read(), undefined);
  assert.deepEqual(agent.calls, []);
  assert.deepEqual(
    plain.log.lines.map(({ level, fields }) => [level, fields.found]),
    [["debug", "192.0.2.1 is not an address of this host, and the agent is spoken to without TLS"]],
  );
  assert.equal(await userOf(openConfig(far, { transport }).config), "alice:hunter2");
  assert.equal(requests, 1, "by TLS it is asked wherever it is");
});

test("read() lets go who is killed, leaves the question to others, and drops it when nobody waits", async () => {
  const asked = Promise.withResolvers<void>();
  const dropped = Promise.withResolvers<void>();
  await using agent = await openOperatorAgent((response) => {
    response.on("close", () => dropped.resolve());
    asked.resolve();
  });
  const { config, log } = openConfig(agent);
  const killed = [new AbortController(), new AbortController()] as const;
  const reading = killed.map(({ signal }) => errorOf<Error>(config.read({ signal })));
  await asked.promise;
  killed[0].abort(new Error("first"));
  assert.equal((await reading[0])?.message, "first");
  assert.equal(agent.responses[0]?.destroyed, false, "the other still waits");
  killed[1].abort(new Error("second"));
  assert.equal((await reading[1])?.message, "second");
  await inTime(dropped.promise, "the end of the request");
  await assert.rejects(config.read({ signal: AbortSignal.abort(new Error("third")) }), { message: "third" });
  assert.deepEqual(log.lines, [], "nothing was found out");
  assert.equal(agent.calls.length, 1);
});

test("read() asks anew when the question was dropped", async () => {
  let answer: (response: ServerResponse) => void = () => ending.abort(new Error("killed"));
  const ending = new AbortController();
  await using agent = await openOperatorAgent((response) => answer(response));
  const { config } = openConfig(agent);
  await errorOf<Error>(config.read({ signal: ending.signal }));
  answer = answeringFlags(told);
  assert.equal(await userOf(config), "alice:hunter2");
  assert.equal(agent.calls.length, 2);
});
