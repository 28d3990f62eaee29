import assert from "node:assert/strict";
import { test } from "node:test";
import { TaskError, type TaskErrorCode } from "../../../src/executor/task_error.ts";
import { documentVersion, formatDocument, parseDocument } from "../../../src/executor/translation/document.ts";

const encode = (text: string) => new TextEncoder().encode(text);

test("parseDocument() takes absent data for an empty document", () => {
  assert.deepEqual(parseDocument(new Uint8Array()), {});
});

test("parseDocument() reads what formatDocument() writes", () => {
  const document = {
    command: ["redis-server", "--port", "7000", ""],
    entrypoint: ["/entry point"],
    environment: { A: "1", Ü: "a=b\n€😀", EMPTY: "" },
  };
  assert.deepEqual(parseDocument(formatDocument(document)), { mesosDocker: documentVersion, ...document });
});

test("parseDocument() reads the example of its documentation", () => {
  const text = '{"mesosDocker": 1, "command": ["redis-server", "--port", "7000"], "environment": {"A": "1"}}';
  assert.deepEqual(parseDocument(encode(text)), {
    mesosDocker: 1,
    command: ["redis-server", "--port", "7000"],
    environment: { A: "1" },
  });
});

test("parseDocument() reads a document without anything but its version", () => {
  assert.deepEqual(parseDocument(encode('{"mesosDocker":1}')), { mesosDocker: 1 });
});

const versionWanted = 'Cannot use TaskInfo.data: expected a JSON object with "mesosDocker": 1';
const faults: readonly { text: string; code: TaskErrorCode; message: string }[] = [
  { text: "{", code: "unsupported", message: "Cannot use TaskInfo.data: it is not JSON" },
  { text: " ", code: "unsupported", message: "Cannot use TaskInfo.data: it is not JSON" },
  { text: "-v /x:/y|run", code: "unsupported", message: "Cannot use TaskInfo.data: it is not JSON" },
  { text: "null", code: "unsupported", message: "Cannot use TaskInfo.data: it is not a JSON object" },
  { text: "[]", code: "unsupported", message: "Cannot use TaskInfo.data: it is not a JSON object" },
  { text: '"x"', code: "unsupported", message: "Cannot use TaskInfo.data: it is not a JSON object" },
  { text: "1", code: "unsupported", message: "Cannot use TaskInfo.data: it is not a JSON object" },
  { text: "{}", code: "unsupported", message: versionWanted },
  { text: '{"container":{"docker":{}}}', code: "unsupported", message: versionWanted },
  { text: '{"mesosDocker":2}', code: "unsupported", message: "Cannot use TaskInfo.data: version 2 is not 1" },
  { text: '{"mesosDocker":"1"}', code: "unsupported", message: 'Cannot use TaskInfo.data: version "1" is not 1' },
  { text: '{"mesosDocker":null}', code: "unsupported", message: "Cannot use TaskInfo.data: version null is not 1" },
  {
    text: '{"mesosDocker":1,"image":"x"}',
    code: "invalid",
    message: "Cannot use TaskInfo.data: data.image is unknown",
  },
  {
    text: '{"mesosDocker":1,"command":"x"}',
    code: "invalid",
    message: "Cannot use TaskInfo.data: data.command is not an array of strings",
  },
  {
    text: '{"mesosDocker":1,"command":["x",1]}',
    code: "invalid",
    message: "Cannot use TaskInfo.data: data.command is not an array of strings",
  },
  {
    text: '{"mesosDocker":1,"command":null}',
    code: "invalid",
    message: "Cannot use TaskInfo.data: data.command is not an array of strings",
  },
  {
    text: '{"mesosDocker":1,"environment":["A"]}',
    code: "invalid",
    message: "Cannot use TaskInfo.data: data.environment is not an object of strings",
  },
  {
    text: '{"mesosDocker":1,"environment":null}',
    code: "invalid",
    message: "Cannot use TaskInfo.data: data.environment is not an object of strings",
  },
  {
    text: '{"mesosDocker":1,"environment":{"A":1},"entrypoint":{},"toString":1}',
    code: "invalid",
    message:
      "Cannot use TaskInfo.data: data.environment is not an object of strings; " +
      "data.entrypoint is not an array of strings; data.toString is unknown",
  },
];

for (const { text, code, message } of faults) {
  test(`parseDocument() refuses ${text}`, () => {
    assert.throws(() => parseDocument(encode(text)), { name: "TaskError", code, message });
  });
}

test("parseDocument() refuses bytes that are not UTF-8", () => {
  const bytes = new Uint8Array([...encode('{"mesosDocker":1,"command":["'), 0xff, ...encode('"]}')]);
  assert.throws(
    () => parseDocument(bytes),
    (error) => error instanceof TaskError && error.code === "unsupported",
  );
});
