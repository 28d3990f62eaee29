import assert from "node:assert/strict";
import { test } from "node:test";
import { textOf } from "../../../../registry/client/http/fault_text.ts";

test("textOf() tells what is wrong with each address of a host, and never nothing", () => {
  const refused = new AggregateError([new Error("refused ::1"), new Error("refused 127.0.0.1")]);
  assert.equal(textOf(refused), "refused ::1; refused 127.0.0.1");
  assert.equal(textOf(new AggregateError([], "said")), "said");
  assert.equal(textOf(new TypeError()), "TypeError");
  assert.equal(textOf("said"), "said");
});
