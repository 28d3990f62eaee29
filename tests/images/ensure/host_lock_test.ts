import assert from "node:assert/strict";
import { readFile, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { tryHostLock } from "../../../src/images/ensure/host_lock.ts";
import { systemClock } from "../../../src/runtime/clock.ts";
import { readProcessStart } from "../../../src/runtime/process_start.ts";
import { readProcessWorld } from "../../../src/runtime/process_world.ts";
import { finish, openFixture, startScript } from "../../fakes/own_runtime.ts";

test("tryHostLock() gives a lock to one at a time", async () => {
  await using fixture = await openFixture();
  const path = join(fixture.path, "a.lock");
  {
    await using first = await tryHostLock(path, systemClock);
    assert.ok(first);
    assert.equal(await tryHostLock(path, systemClock), undefined);
  }
  await using second = await tryHostLock(path, systemClock);
  assert.ok(second);
});

test("tryHostLock() gives the lock of a process that was killed to the next one", async () => {
  await using fixture = await openFixture();
  const path = join(fixture.path, "a.lock");
  const script = `
    import { tryHostLock } from "SRC/images/ensure/host_lock.ts";
    import { systemClock } from "SRC/runtime/clock.ts";
    const lock = await tryHostLock(${JSON.stringify(path)}, systemClock);
    console.log(lock ? "locked" : "held");
    process.kill(process.pid, "SIGKILL");
  `;
  const child = await startScript(script, { fixture, stdio: ["ignore", "pipe", "inherit"] });
  assert.deepEqual(await finish(child), { stdout: "locked\n", end: "SIGKILL" });
  assert.match(await readFile(path, "utf8"), new RegExp(`"pid":${child.pid},`));
  await using lock = await tryHostLock(path, systemClock);
  assert.ok(lock);
});

const own = () => ({ pid: process.pid, startTime: readProcessStart(process.pid), ...readProcessWorld() });

for (const [what, holder, outcome] of [
  ["a pid that was given to somebody else", { startTime: "1" }, "locked"],
  ["another boot", { bootId: "00000000-0000-0000-0000-000000000000" }, "locked"],
  ["a process that is there", {}, "held"],
  ["another pid namespace, with a sign of life", { pidNamespace: "pid:[1]" }, "held"],
] as const) {
  test(`tryHostLock() of a lock by ${what}: ${outcome}`, async () => {
    await using fixture = await openFixture();
    const path = await fixture.write("a.lock", JSON.stringify({ ...own(), ...holder }));
    await using lock = await tryHostLock(path, systemClock);
    assert.equal(lock ? "locked" : "held", outcome);
  });
}

test("tryHostLock() takes a holder of another pid namespace that has been silent too long for gone", async () => {
  await using fixture = await openFixture();
  const path = await fixture.write("a.lock", JSON.stringify({ ...own(), pidNamespace: "pid:[1]" }));
  const old = new Date(Date.now() - 31_000);
  await utimes(path, old, old);
  await using lock = await tryHostLock(path, systemClock);
  assert.ok(lock);
});

for (const text of ["", "{", "null", '{"pid":"1"}']) {
  test(`tryHostLock() takes ${JSON.stringify(text)} for nobody's`, async () => {
    await using fixture = await openFixture();
    const path = join(fixture.path, "a.lock");
    await writeFile(path, text);
    await using lock = await tryHostLock(path, systemClock);
    assert.ok(lock);
  });
}
