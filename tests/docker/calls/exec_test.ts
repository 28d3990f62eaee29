import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { test } from "node:test";
import { type Engine, openEngine } from "../../../src/docker/mod.ts";
import { answerJson, type FakeAnswer, startFakeDaemon } from "../fake_daemon.ts";

async function withDaemon(
  answer: FakeAnswer,
  use: (engine: Engine) => Promise<void>,
  options: { apiVersion?: string } = {},
): Promise<void> {
  await using daemon = await startFakeDaemon(answer);
  await using engine = openEngine(daemon.address, options);
  await use(engine);
}

/** Answers one call, after a look at what was asked. */
function answerTo(asked: string, body: object | undefined, status: number, value: object): FakeAnswer {
  return async (request, response) => {
    assert.equal(`${request.method} ${request.path}`, asked);
    const chunks: Uint8Array[] = [];
    for await (const chunk of request.message) chunks.push(chunk);
    const text = Buffer.concat(chunks).toString();
    assert.deepEqual(text === "" ? undefined : JSON.parse(text), body);
    answerJson(response, status, value);
  };
}

const plain = { AttachStdin: false, AttachStdout: true, AttachStderr: true, Tty: false, Cmd: ["a", "b"] };

test("createExec() sends the words of the command, and gives its name", async () => {
  await withDaemon(answerTo("POST /containers/c1/exec", plain, 201, { Id: "e1" }), async (engine) => {
    assert.equal(await engine.createExec("c1", { argv: ["a", "b"] }), "e1");
  });
});

test("createExec() sends user and variables when there are any", async () => {
  const body = { ...plain, Env: ["A=1"], User: "nobody" };
  await withDaemon(answerTo("POST /containers/c1/exec", body, 201, { Id: "e1" }), async (engine) => {
    assert.equal(await engine.createExec("c1", { argv: ["a", "b"], env: ["A=1"], user: "nobody" }), "e1");
  });
});

test("createExec() refuses variables that the API version would drop", async () => {
  await withDaemon(
    () => assert.fail("nothing may be sent"),
    async (engine) => {
      const message =
        'Cannot prepare a command in container "c1": a command with variables needs API 1.25, spoken is 1.24';
      const creating = engine.createExec("c1", { argv: ["a"], env: ["A=1"] });
      await assert.rejects(creating, { code: "unsupported", message });
    },
    { apiVersion: "1.24" },
  );
});

for (const [status, code] of [
  [404, "not_found"],
  [409, "conflict"],
  [400, "invalid"],
] as const) {
  test(`createExec() and openExec() throw ${code} for status ${status}`, async () => {
    const answer: FakeAnswer = (_request, response) => answerJson(response, status, { message: "why" });
    await withDaemon(answer, async (engine) => {
      const create = `Cannot prepare a command in container "c1": why (status ${status})`;
      await assert.rejects(engine.createExec("c1", { argv: ["a"] }), { code, message: create });
      await assert.rejects(engine.openExec("e1"), { code, message: `Cannot run command "e1": why (status ${status})` });
    });
  });
}

test("calls about commands refuse a text that is no name", async () => {
  await withDaemon(
    () => assert.fail("nothing may be sent"),
    async (engine) => {
      await assert.rejects(engine.openExec("../info"), { code: "invalid" });
      await assert.rejects(engine.inspectExec(""), { code: "invalid" });
    },
  );
});

for (const [title, value, expected] of [
  ["that runs", { Running: true, Pid: 7, ExitCode: null }, { Running: true, Pid: 7 }],
  ["that runs, of old daemons", { Running: true, Pid: 7, ExitCode: 0 }, { Running: true, Pid: 7 }],
  ["that has ended", { Running: false, Pid: 7, ExitCode: 3 }, { Running: false, Pid: 7, ExitCode: 3 }],
  ["that has not been run", { Running: false, ExitCode: null }, { Running: false, Pid: 0 }],
] as const) {
  test(`inspectExec() describes a command ${title}`, async () => {
    await withDaemon(answerTo("GET /exec/e1/json", undefined, 200, value), async (engine) => {
      assert.deepEqual(await engine.inspectExec("e1"), expected);
    });
  });
}

test("inspectExec() gives nothing for a command that is not there", async () => {
  await withDaemon(answerTo("GET /exec/e1/json", undefined, 404, { message: "none" }), async (engine) => {
    assert.equal(await engine.inspectExec("e1"), undefined);
  });
});
