import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import process from "node:process";
import { test } from "node:test";
import { readOwnUserName } from "../../src/runtime/own_user.ts";
import { openFixture } from "../fakes/own_runtime.ts";

const uid = process.getuid?.() ?? 0;

test("readOwnUserName() gives the name that the system gives", () => {
  assert.equal(readOwnUserName(), execFileSync("id", ["-un"], { encoding: "utf8" }).trim());
});

test("readOwnUserName() finds the name by the uid, not by the group or a name of digits", async () => {
  await using fixture = await openFixture();
  const lines = [`${uid}:x:4711:4711::/:/bin/sh`, `other:x:4712:${uid}::/:/bin/sh`, `me:x:${uid}:4713::/:/bin/sh`, ""];
  assert.equal(readOwnUserName({ passwd: await fixture.write("passwd", lines.join("\n")) }), "me");
});

test("readOwnUserName() gives the uid when it has no name", async () => {
  await using fixture = await openFixture();
  assert.equal(
    readOwnUserName({ passwd: await fixture.write("passwd", "other:x:4711:4711::/:/bin/sh\n") }),
    String(uid),
  );
  assert.equal(readOwnUserName({ passwd: await fixture.write("passwd", `:x:${uid}:0::/:/bin/sh\n`) }), String(uid));
});
