import assert from "node:assert/strict";
import { test } from "node:test";
import { RunOutput } from "../../src/cli/run_output.ts";
import { settle } from "../fakes/waiting.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

test("RunOutput writes one piece of a stream after another, and streams on their own", async () => {
  const begun: string[] = [];
  const finish: (() => void)[] = [];
  const output = new RunOutput((instance) => `${instance}| `, {
    write: (descriptor, piece) => {
      begun.push(`${descriptor} ${new TextDecoder().decode(piece)}`);
      return new Promise((resolve) => finish.push(resolve));
    },
  });
  const all = [
    output.write(0, "stdout", bytes("a\n")),
    output.write(1, "stdout", bytes("b\n")),
    output.write(1, "stderr", bytes("c\n")),
  ];
  await settle();
  assert.deepEqual(begun, ["1 0| a\n", "2 1| c\n"]);
  finish.shift()?.();
  await settle();
  assert.deepEqual(begun, ["1 0| a\n", "2 1| c\n", "1 1| b\n"]);
  for (const end of finish) end();
  await Promise.all(all);
});

test("RunOutput fails for good once a stream cannot be written", async () => {
  const output = new RunOutput(() => "", { write: () => Promise.reject(new Error("EPIPE")) });
  await assert.rejects(output.write(0, "stdout", bytes("a")), /EPIPE/);
  await assert.rejects(output.write(1, "stdout", bytes("b")), /EPIPE/);
});
