import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { openTlsTransport } from "../../src/mesos/agent_request.ts";
import { type AgentTls, readAgentTls } from "../../src/mesos/agent_tls.ts";
import { EnvironmentError } from "../../src/mesos/environment.ts";
import { HttpAgent } from "../../src/mesos/http_agent.ts";
import { Event_Type } from "../../src/mesos/protocol.ts";
import { messageCall, subscribeCall, subscribedEvent } from "../fakes/calls.ts";
import { certificateOptions, makeCertificates } from "../fakes/certificates.ts";
import { openScriptedAgent } from "../fakes/scripted_agent.ts";

const never = new AbortController().signal;
let folder = "";

before(() => {
  folder = mkdtempSync(join(tmpdir(), "agent-tls-"));
  if (!("skip" in certificateOptions)) makeCertificates(folder);
});

after(() => rmSync(folder, { recursive: true, force: true }));

const at = (name: string) => join(folder, name);
const text = (name: string) => readFileSync(at(name), "utf8");

for (const [name, value] of [
  ["LIBPROCESS_SSL_ENABLED", undefined],
  ["LIBPROCESS_SSL_ENABLED", "0"],
  ["LIBPROCESS_SSL_ENABLED", "false"],
  ["SSL_ENABLED", "0"],
] as const) {
  test(`readAgentTls() wants none when ${name} is ${value}`, () => {
    assert.equal(readAgentTls({ [name]: value, LIBPROCESS_SSL_CA_FILE: "/absent" }), undefined);
  });
}

for (const name of ["LIBPROCESS_SSL_ENABLED", "SSL_ENABLED"]) {
  for (const value of ["1", "true"]) {
    test(`readAgentTls() wants TLS when ${name} is ${value}, and nobody's proof as libprocess does`, () => {
      assert.deepEqual(readAgentTls({ [name]: value }), { verify: "nobody" });
    });
  }
}

for (const name of ["VERIFY_SERVER_CERT", "VERIFY_CERT", "REQUIRE_CERT"]) {
  for (const prefix of ["LIBPROCESS_SSL_", "SSL_"]) {
    test(`readAgentTls() wants the agent's proof when ${prefix}${name} says so`, () => {
      assert.equal(readAgentTls({ SSL_ENABLED: "1", [prefix + name]: "true" })?.verify, "agent");
    });
  }
}

test("readAgentTls() reads authorities and the executor's own certificate", certificateOptions, () => {
  mkdirSync(at("authorities"));
  writeFileSync(at("authorities/0.pem"), text("ca.pem"));
  const variables = {
    LIBPROCESS_SSL_ENABLED: "1",
    LIBPROCESS_SSL_CA_FILE: at("ca.pem"),
    LIBPROCESS_SSL_CA_DIR: at("authorities"),
    LIBPROCESS_SSL_CERT_FILE: at("client.pem"),
    SSL_KEY_FILE: at("client-key.pem"),
  };
  assert.deepEqual(readAgentTls(variables), {
    verify: "nobody",
    ca: [text("ca.pem"), text("ca.pem")],
    cert: text("client.pem"),
    key: text("client-key.pem"),
  });
});

test("readAgentTls() names every file that cannot be read", () => {
  const absent = {
    LIBPROCESS_SSL_CA_FILE: "/absent/ca",
    SSL_CA_DIR: "/absent/dir",
    LIBPROCESS_SSL_CERT_FILE: "/absent/c",
  };
  assert.throws(
    () => readAgentTls({ LIBPROCESS_SSL_ENABLED: "1", ...absent }),
    (error) => {
      assert.ok(error instanceof EnvironmentError);
      assert.deepEqual(
        error.faults.map((fault) => fault.split(":")[0]),
        [
          'LIBPROCESS_SSL_CERT_FILE is "/absent/c"',
          'LIBPROCESS_SSL_CA_FILE is "/absent/ca"',
          'SSL_CA_DIR is "/absent/dir"',
        ],
      );
      return true;
    },
  );
});

test("readAgentTls() wants key and certificate together", certificateOptions, () => {
  assert.throws(() => readAgentTls({ SSL_ENABLED: "1", SSL_KEY_FILE: at("client-key.pem") }), /found one of them/);
});

/** Speaks with an agent that has a certificate of the test's authority. */
async function converse(tls: AgentTls, requestCert: boolean): Promise<void> {
  const certificates = { ca: text("ca.pem"), cert: text("server.pem"), key: text("server-key.pem"), requestCert };
  await using agent = await openScriptedAgent({ tls: certificates });
  using http = new HttpAgent(agent.address, { transport: await openTlsTransport(tls) });
  const subscribing = http.subscribe(subscribeCall, { signal: never });
  const failed = subscribing.then(
    () => new Promise<never>(() => undefined),
    (error: unknown) => Promise.reject(error),
  );
  const stream = (await Promise.race([agent.nextSubscribe(), failed])).openStream();
  const sending = http.send("send message", messageCall("ping"), { signal: never });
  await agent.acceptCall();
  await sending;
  stream.event(subscribedEvent);
  stream.end();
  for await (const event of await subscribing) assert.equal(event.type, Event_Type.SUBSCRIBED);
}

test("HttpAgent speaks TLS with an agent that proves who it is", certificateOptions, async () => {
  await converse({ verify: "agent", ca: [text("ca.pem")] }, false);
});

test("HttpAgent speaks TLS with any agent when nobody wants a proof", certificateOptions, async () => {
  await converse({ verify: "nobody" }, false);
});

test("HttpAgent shows its own certificate to an agent that wants it", certificateOptions, async () => {
  await converse(
    { verify: "agent", ca: [text("ca.pem")], cert: text("client.pem"), key: text("client-key.pem") },
    true,
  );
});

test("HttpAgent does not speak with an agent that cannot prove who it is", certificateOptions, async () => {
  await assert.rejects(converse({ verify: "agent" }, false), { name: "AgentError", message: /certificate/i });
});

test("HttpAgent fails at an agent that wants a certificate, and has none", certificateOptions, async () => {
  await assert.rejects(converse({ verify: "agent", ca: [text("ca.pem")] }, true), { name: "AgentError" });
});
