import assert from "node:assert/strict";
import { test } from "node:test";
import { parsePin } from "../../../registry/pull_through/pin.ts";
import { isRegistryError } from "../../../registry/registry_error.ts";

test("parsePin() refuses what is no name, tag or digest", () => {
  for (const text of ["", "UPPER/app", "a:", "a:v 1", "a@sha256:1"]) {
    assert.throws(
      () => parsePin(text),
      (error) => isRegistryError(error, "NAME_INVALID", "TAG_INVALID", "DIGEST_INVALID"),
    );
  }
  assert.deepEqual(parsePin("docker.io/library/*"), { kind: "prefix", prefix: "docker.io/library" });
});
