import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { finish, openFixture, startScript } from "../fakes/own_runtime.ts";

const secret = "s3cret.s3cret";

test("eraseVariable() takes a variable from the process, its children and its /proc entry, and leaves the others", async () => {
  await using fixture = await openFixture();
  const script = `
    import { execFileSync } from "node:child_process";
    import { readFileSync } from "node:fs";
    import process from "node:process";
    import { eraseVariable } from "SRC/runtime/initial_environment.ts";
    const readInitial = () => readFileSync("/proc/self/environ", "utf8").split("\\0").filter((line) => line.includes("TEST_"));
    const before = readInitial();
    eraseVariable("TEST_TOKEN");
    eraseVariable("TEST_TOKEN");
    eraseVariable("TEST_ABSENT");
    const own = process.env.TEST_TOKEN ?? null;
    const child = execFileSync("env", { encoding: "utf8" }).split("\\n").filter((line) => line.includes("TEST_"));
    console.log(JSON.stringify({ before, after: readInitial(), own, child }));
  `;
  const variables = { TEST_A: "a=b", TEST_TOKEN: secret, TEST_TOKEN_B: `TEST_TOKEN=${secret}!`, TEST_Z: "" };
  const child = await startScript(script, {
    fixture,
    env: { PATH: process.env.PATH, HOME: process.env.HOME, ...variables },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const { stdout, end } = await finish(child);
  assert.equal(end, 0);
  const { before, after, own, child: inherited } = JSON.parse(stdout);
  assert.ok(before.includes(`TEST_TOKEN=${secret}`));
  const others = ["TEST_A=a=b", `TEST_TOKEN_B=TEST_TOKEN=${secret}!`, "TEST_Z="];
  const named = (lines: string[]) => lines.filter((line) => line !== "TEST_TOKEN=").sort();
  assert.deepEqual(named(after), others);
  assert.equal(own, null);
  assert.deepEqual(inherited.sort(), others);
});
