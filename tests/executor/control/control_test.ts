import assert from "node:assert/strict";
import { test } from "node:test";
import { answerMessage, type ControlPort } from "../../../src/executor/control/control.ts";

interface Bench extends ControlPort {
  signals: [taskId: string, name: string][];
}

function createPort(): Bench {
  const signals: Bench["signals"] = [];
  return {
    signals,
    listTasks: () => [{ task: "t1", phase: "running", containerId: "c1" }],
    signalTask: async (taskId, name) => {
      if (taskId !== "t1") throw new Error(`Cannot send a signal to task "${taskId}": there is none of that id`);
      signals.push([taskId, name]);
    },
  };
}

async function ask(message: unknown, port = createPort()): Promise<unknown> {
  const text = typeof message === "string" ? message : JSON.stringify(message);
  return JSON.parse(new TextDecoder().decode(await answerMessage(new TextEncoder().encode(text), port)));
}

for (const name of ["SIGUSR1", "USR1"]) {
  test(`answerMessage() sends ${name} and says which signal that was`, async () => {
    const port = createPort();
    const answer = await ask({ mesosDocker: 1, signal: { task: "t1", name } }, port);
    assert.deepEqual(answer, { mesosDocker: 1, reply: { signal: { task: "t1", name: "SIGUSR1" } } });
    assert.deepEqual(port.signals, [["t1", "SIGUSR1"]]);
  });
}

test("answerMessage() tells of the tasks", async () => {
  assert.deepEqual(await ask({ mesosDocker: 1, tasks: {} }), {
    mesosDocker: 1,
    reply: { tasks: [{ task: "t1", phase: "running", containerId: "c1" }] },
  });
});

test("answerMessage() says why something cannot be done", async () => {
  assert.deepEqual(await ask({ mesosDocker: 1, signal: { task: "t9", name: "HUP" } }), {
    mesosDocker: 1,
    error: 'Cannot send a signal to task "t9": there is none of that id',
  });
});

for (const message of [
  "",
  "hello",
  "[]",
  "null",
  {},
  { mesosDocker: 2, tasks: {} },
  { mesosDocker: 1 },
  { mesosDocker: 1, surprise: {} },
  { mesosDocker: 1, tasks: {}, signal: { task: "t1", name: "HUP" } },
  { mesosDocker: 1, signal: { task: "t1" } },
  { mesosDocker: 1, signal: { task: "", name: "HUP" } },
  { mesosDocker: 1, signal: { task: "t1", name: "SURPRISE" } },
  { mesosDocker: 1, signal: { task: "t1", name: "toString" } },
]) {
  test(`answerMessage() answers ${JSON.stringify(message)} by what it does not understand`, async () => {
    const port = createPort();
    const answer = (await ask(message, port)) as { mesosDocker: number; error: string };
    assert.equal(answer.mesosDocker, 1);
    assert.match(answer.error, /^Cannot read the message: /);
    assert.deepEqual(port.signals, []);
  });
}

test("answerMessage() answers bytes that are no text", async () => {
  const answer = new TextDecoder().decode(await answerMessage(Uint8Array.of(0xff, 0xfe), createPort()));
  assert.match(answer, /it is no JSON in UTF-8/);
});
