import assert from "node:assert/strict";
import { test } from "node:test";
import { readChronosData } from "../../../../src/executor/translation/carriers/chronos.ts";

const texts: { text: string; data: ReturnType<typeof readChronosData> }[] = [
  { text: "busybox|echo hi", data: { words: ["busybox"], command: "echo hi" } },
  { text: "-v '/a b:/c' img|cat x | wc -l", data: { words: ["-v", "/a b:/c", "img"], command: "cat x | wc -l" } },
  { text: "|sleep 10", data: { words: [], command: "sleep 10" } },
  { text: "busybox echo hi|", data: { words: ["busybox", "echo", "hi"] } },
  { text: "busybox | ", data: { words: ["busybox"] } },
  { text: "|", data: { words: [] } },
  { text: "a|'b", data: { words: ["a"], command: "'b" } },
  { text: "busybox echo hi", data: undefined },
  { text: "", data: undefined },
];

for (const { text, data } of texts) {
  test(`readChronosData() reads ${JSON.stringify(text)}`, () => {
    assert.deepEqual(readChronosData(text), data);
  });
}

test("readChronosData() refuses flags with an open quote and does not quote them", () => {
  assert.throws(() => readChronosData("img 'secret|echo"), {
    name: "TaskError",
    code: "invalid",
    message: 'Cannot use TaskInfo.data: in the flags before "|", the quote at 5 is not closed',
  });
});
