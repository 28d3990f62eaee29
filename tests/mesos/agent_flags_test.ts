import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { test } from "node:test";
import type { AgentError } from "../../src/mesos/agent_error.ts";
import { type AgentFlagOptions, askAgentFlag } from "../../src/mesos/agent_flags.ts";
import { plainTransport } from "../../src/mesos/agent_request.ts";
import { FakeClock } from "../fakes/fake_clock.ts";
import { answering, answeringFlags, type OperatorAgent, openOperatorAgent } from "../fakes/operator_agent.ts";
import { errorOf } from "../fakes/waiting.ts";

const never = new AbortController().signal;
const deadlineMs = 3000;

function ask({ address }: Pick<OperatorAgent, "address">, options: Partial<AgentFlagOptions> = {}) {
  const usual = { transport: plainTransport, clock: new FakeClock(), deadlineMs, signal: never };
  return askAgentFlag("docker_config", address, { ...usual, ...options });
}

/** What asking an agent fails with, the agent's address left out of its message. */
async function failureOf(respond: (response: ServerResponse) => void): Promise<[AgentError["code"], string]> {
  await using agent = await openOperatorAgent(respond);
  const { name, code, message } = await errorOf(ask(agent));
  assert.equal(name, "AgentError");
  return [code, message.replace(`127.0.0.1:${agent.address.port}`, "AGENT")];
}

test("askAgentFlag() asks the operator API in JSON, as nobody, and gives the flag's value", async () => {
  await using agent = await openOperatorAgent(answeringFlags({ work_dir: "/w", docker_config: '{"auths":{}}' }));
  assert.equal(await ask(agent), '{"auths":{}}');
  const [call, ...more] = agent.calls;
  assert.deepEqual(more, []);
  assert.deepEqual([call?.method, call?.url, call?.body], ["POST", "/slave(1)/api/v1", '{"type":"GET_FLAGS"}']);
  const { "content-type": type, accept, authorization } = call?.headers ?? {};
  assert.deepEqual([type, accept, authorization], ["application/json", "application/json", undefined]);
});

test("askAgentFlag() gives undefined for a flag that the agent was started without", async () => {
  for (const flags of [{ work_dir: "/w" }, { docker_config: null }, {}]) {
    await using agent = await openOperatorAgent(answeringFlags(flags));
    assert.equal(await ask(agent), undefined);
  }
});

for (const [status, body, code, said] of [
  [401, "", "refused", ""],
  [403, "", "refused", ""],
  [404, "", "recovering", ""],
  [415, "Expecting 'Content-Type' of application/json", "refused", " (Expecting 'Content-Type' of application/json)"],
  [503, "Agent has not\n  finished recovery", "recovering", " (Agent has not finished recovery)"],
  [502, "x".repeat(10_000), "recovering", ` (${"x".repeat(200)} …)`],
] as const) {
  test(`askAgentFlag() throws an AgentError "${code}" for ${status}`, async () => {
    const message = `Cannot read the agent's flags at AGENT: the agent answered ${status}${said}`;
    assert.deepEqual(await failureOf(answering(status, body)), [code, message]);
  });
}

const noList = "its answer is no list of flags";
for (const [title, body, found] of [
  ["no JSON", "<html>hunter2</html>", "its answer is not JSON"],
  ["half a JSON", '{"get_flags":{"flags":[{"name":"docker_config","value":"hunter2', "its answer is not JSON"],
  ["a JSON of something else", '{"hunter2":1}', noList],
  ["no object", "null", noList],
  ["no list", '{"get_flags":{"flags":{"docker_config":"hunter2"}}}', noList],
  [
    "a value that is no text",
    '{"get_flags":{"flags":[null,{"name":"docker_config","value":{"hunter2":1}}]}}',
    "its flag docker_config is not a text",
  ],
] as const) {
  test(`askAgentFlag() throws an AgentError without a word of an answer that is ${title}`, async () => {
    const message = `Cannot read the agent's flags at AGENT: ${found}`;
    assert.deepEqual(await failureOf(answering(200, body)), ["protocol", message]);
  });
}

for (const [title, hang] of [
  ["before its answer", () => undefined],
  ["within its answer", (response: ServerResponse) => void response.write('{"get_flags"')],
] as const) {
  test(`askAgentFlag() waits three seconds for an agent that hangs ${title}`, async () => {
    const [asked, answered] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    await using agent = await openOperatorAgent((response) => {
      hang(response);
      asked.resolve();
    });
    const request: typeof plainTransport.request = (options) =>
      plainTransport.request(options).on("response", () => answered.resolve());
    const clock = new FakeClock();
    const failing = errorOf(ask(agent, { clock, transport: { ...plainTransport, request } }));
    await (title === "within its answer" ? answered : asked).promise;
    clock.advance(deadlineMs - 1);
    assert.ok(clock.delays.length > 0, "it still waits");
    clock.advance(1);
    const { code, message } = await failing;
    assert.equal(code, "unreachable");
    assert.match(message, /^Cannot read the agent's flags at 127\.0\.0\.1:\d+: no answer in 3 s$/);
    assert.deepEqual(clock.delays, [], "no timer is left");
  });
}

test("askAgentFlag() throws the reason for which nobody waits any more, and lets the agent go", async () => {
  const closed = Promise.withResolvers<void>();
  const ending = new AbortController();
  const reason = new Error("killed");
  await using agent = await openOperatorAgent((response) => {
    response.on("close", () => closed.resolve());
    ending.abort(reason);
  });
  assert.equal(await errorOf<Error>(ask(agent, { signal: ending.signal })), reason);
  await closed.promise;
});

test("askAgentFlag() throws an AgentError for an agent that is not there", async () => {
  const agent = await openOperatorAgent(() => undefined);
  await agent[Symbol.asyncDispose]();
  const { code, message } = await errorOf(ask(agent));
  assert.equal(code, "unreachable");
  assert.match(message, /^Cannot read the agent's flags at 127\.0\.0\.1:\d+: .*(ECONNREFUSED|refused|connect)/i);
});
