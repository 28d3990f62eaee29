import assert from "node:assert/strict";
import { test } from "node:test";
import * as v from "valibot";
import { answerMessage, type ControlPort } from "../../../src/executor/control/control.ts";
import { answerSchema } from "../../../src/executor/control/control_schema.ts";

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
    measureTask: (taskId) => {
      if (taskId !== "t1") throw new TypeError("a bug");
      return { timestamp: 1.5, processes: 2 };
    },
    followPull: () => ({
      phase: "preparing",
      image: "busybox",
      layers: [{ id: "l1", status: "Downloading", currentBytes: 1, totalBytes: 2 }],
    }),
  };
}

async function ask(message: unknown, port = createPort()): Promise<unknown> {
  const text = typeof message === "string" ? message : JSON.stringify(message);
  const answer = JSON.parse(new TextDecoder().decode(await answerMessage(new TextEncoder().encode(text), port)));
  return v.parse(answerSchema, answer);
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

test("answerMessage() tells what a task uses", async () => {
  assert.deepEqual(await ask({ mesosDocker: 1, stats: { task: "t1" } }), {
    mesosDocker: 1,
    reply: { stats: { task: "t1", statistics: { timestamp: 1.5, processes: 2 } } },
  });
});

test("answerMessage() tells how far a pull is", async () => {
  const layers = [{ id: "l1", status: "Downloading", currentBytes: 1, totalBytes: 2 }];
  assert.deepEqual(await ask({ mesosDocker: 1, pull: { task: "t1" } }), {
    mesosDocker: 1,
    reply: { pull: { task: "t1", phase: "preparing", image: "busybox", layers } },
  });
});

test("answerMessage() does not blame the message for what goes wrong behind it", async () => {
  assert.deepEqual(await ask({ mesosDocker: 1, stats: { task: "t2" } }), { mesosDocker: 1, error: "a bug" });
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
  { mesosDocker: 1, stats: {} },
  { mesosDocker: 1, pull: { task: 7 } },
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
