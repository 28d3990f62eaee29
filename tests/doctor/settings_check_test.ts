import assert from "node:assert/strict";
import { chmodSync, existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { examine } from "../../src/doctor/examination.ts";
import { examineSettings } from "../../src/doctor/settings_check.ts";
import { examineState, judgeStateDisk } from "../../src/doctor/state_check.ts";
import { FakeEngine } from "../fakes/fake_engine.ts";
import { openFixture } from "../fakes/own_runtime.ts";

test("settings that cannot be used are a failure that names each of them", () => {
  assert.equal(examineSettings({ HOME: "/root", MESOS_DOCKER_PULL: "daemon" }).verdict, "ok");
  const { verdict, found } = examineSettings({ MESOS_DOCKER_PULL: "foo", MESOS_DOCKER_STATE: "relative" });
  assert.equal(verdict, "failure");
  assert.equal(
    found,
    'MESOS_DOCKER_PULL is "foo", expected gateway or daemon; MESOS_DOCKER_STATE is "relative", expected an absolute path',
  );
});

test("a state folder that is there, or can be made, is well, and is not made", async () => {
  await using fixture = await openFixture();
  const folder = join(fixture.path, "a", "b");
  const { verdict, about, found } = await examineState(folder, "named");
  assert.deepEqual([verdict, about], ["ok", "state folder"]);
  assert.match(found, / free$/);
  assert.equal(existsSync(join(fixture.path, "a")), false);
  assert.equal((await examineState(fixture.path, "usual")).verdict, "ok");
});

for (const [what, below] of [
  ["that is a file", ""],
  ["below a file", "/state"],
] as const) {
  test(`a state folder ${what} is a failure that names it`, async () => {
    await using fixture = await openFixture();
    const path = join(fixture.path, "file");
    writeFileSync(path, "");
    const { verdict, found, mend } = await examineState(`${path}${below}`, "usual");
    assert.equal(verdict, "failure");
    assert.ok(found.includes(`${path}${below} cannot be used: `), found);
    assert.match(mend ?? "", /MESOS_DOCKER_STATE/);
  });
}

test("a state folder of somebody else is a failure when it was named", { skip: process.getuid?.() === 0 }, async () => {
  await using fixture = await openFixture();
  chmodSync(fixture.path, 0o500);
  assert.equal((await examineState(fixture.path, "named")).verdict, "failure");
  assert.equal((await examineState(fixture.path, "usual")).verdict, "warning");
});

for (const [availableBytes, freeInodes, verdict, found] of [
  [10_000_000, 1, "ok", "/state: 10.0 MB free"],
  [4096, 1, "failure", "/state: 4.1 kB free"],
  [50_000_000, 0, "failure", "/state: 50.0 MB and no inode free"],
] as const) {
  test(`a disk of a state folder with ${availableBytes} bytes and ${freeInodes} inodes is judged ${verdict}`, () => {
    const disk = { totalBytes: 100_000_000, availableBytes, totalInodes: 10, freeInodes };
    const finding = judgeStateDisk("/state", disk);
    assert.deepEqual([finding.verdict, finding.found], [verdict, found]);
  });
}

test("examine() tells what is wrong with variables, the state folder, and a password file of two registries, each once", async () => {
  await using fixture = await openFixture();
  const at = (name: string, text: string) => {
    writeFileSync(join(fixture.path, name), text, { mode: 0o600 });
    return join(fixture.path, name);
  };
  const entry = `credentials: { username: u, passwordFile: ${at("password", "")} }`;
  const variables = {
    MESOS_DOCKER_CONFIG: at("c.yaml", `registries: { "127.0.0.1:1": { ${entry} }, "127.0.0.1:2": { ${entry} } }\n`),
    MESOS_DOCKER_PULL: "foo",
    MESOS_DOCKER_STATE: at("state", ""),
  };
  const failures: string[] = [];
  const host = { engine: new FakeEngine(), daemon: "local", variables, signal: new AbortController().signal } as const;
  for await (const { about, verdict } of examine(host)) if (verdict === "failure") failures.push(about);
  assert.deepEqual(failures, ["settings", "state folder", "password file"]);
});
