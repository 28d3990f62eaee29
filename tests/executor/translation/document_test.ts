import assert from "node:assert/strict";
import { test } from "node:test";
import { readDocument } from "../../../src/executor/translation/carriers/task_document.ts";
import { documentVersion, formatDocument } from "../../../src/executor/translation/document.ts";

const parse = (bytes: Uint8Array): unknown => JSON.parse(new TextDecoder().decode(bytes));

test("formatDocument() writes its version", () => {
  assert.deepEqual(parse(formatDocument({})), { mesosDocker: documentVersion });
});

test("formatDocument() writes what can be read again", () => {
  const document = {
    command: ["redis-server", "--port", "7000", ""],
    entrypoint: ["/entry point"],
    env: { A: "1", Ü: "a=b\n€😀", EMPTY: "" },
  };
  assert.deepEqual(parse(formatDocument(document)), { mesosDocker: documentVersion, ...document });
  assert.deepEqual(readDocument(parse(formatDocument(document)), "data"), { source: "data", ...document });
});

test("formatDocument() writes the example of its documentation", () => {
  assert.equal(
    new TextDecoder().decode(formatDocument({ command: ["redis-server", "--port", "7000"], env: { A: "1" } })),
    '{"mesosDocker":1,"command":["redis-server","--port","7000"],"env":{"A":"1"}}',
  );
});
