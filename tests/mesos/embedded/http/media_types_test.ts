import assert from "node:assert/strict";
import { test } from "node:test";
import { isAccepted } from "../../../../src/mesos/embedded/http/media_types.ts";

test("isAccepted() reads Accept as libprocess does", () => {
  const type = "application/json";
  const accepting = [undefined, type, "*/*", "application/*", `text/html, ${type}`, `${type};q=0`, ` ${type} ;x=y`];
  for (const accept of accepting) assert.equal(isAccepted(accept, type), true, `${accept}`);
  for (const accept of ["", "application/x-protobuf", "text/*", "json", "application/json/x", "*"]) {
    assert.equal(isAccepted(accept, type), false, accept);
  }
});
