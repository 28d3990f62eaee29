import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { eventually } from "../e2e/eventually.ts";
import { openRealDaemon, type RealDaemon, readAll, realDaemon } from "./real_daemon.ts";

let daemon: RealDaemon;
let container: string;

before(async () => {
  if ("skip" in realDaemon) return;
  daemon = await openRealDaemon();
  container = await daemon.create("sleep 600", { Env: ["KEPT=yes"] });
  await daemon.engine.startContainer(container);
});

after(async () => {
  await daemon?.[Symbol.asyncDispose]();
});

async function run(argv: string[], more: { env?: string[]; user?: string } = {}) {
  const { engine } = daemon;
  const exec = await engine.createExec(container, { argv, ...more });
  const output = await readAll(await engine.openExec(exec));
  return { exec, stdout: output.stdout.toString(), stderr: output.stderr.toString() };
}

test("a command in a container writes, ends, and leaves its exit code", realDaemon, async () => {
  const { exec, stdout, stderr } = await run(["sh", "-c", "echo out; echo err >&2; exit 3"]);
  assert.deepEqual([stdout, stderr], ["out\n", "err\n"]);
  const found = await daemon.engine.inspectExec(exec);
  assert.deepEqual({ running: found?.Running, exitCode: found?.ExitCode }, { running: false, exitCode: 3 });
});

test(
  "a command in a container has the container's variables, its own, and the user that was asked for",
  realDaemon,
  async () => {
    const { stdout } = await run(["sh", "-c", "echo $KEPT $OWN; busybox id -u"], { env: ["OWN=1"], user: "12" });
    assert.equal(stdout, "yes 1\n12\n");
  },
);

test("a command that is not in the container leaves an exit code beyond those of programs", realDaemon, async () => {
  const { engine } = daemon;
  const exec = await engine.createExec(container, { argv: ["no-such-program"] });
  await engine.openExec(exec).then(readAll, (error) => assert.equal(error.code, "invalid"));
  const found = await engine.inspectExec(exec);
  assert.ok(found?.ExitCode === 126 || found?.ExitCode === 127, JSON.stringify(found));
});

test("a command that runs has a pid on this host, and outlives the call that is given up", realDaemon, async () => {
  const { engine } = daemon;
  const exec = await engine.createExec(container, { argv: ["sh", "-c", "echo begun; sleep 600"] });
  for await (const _ of await engine.openExec(exec)) break;
  // What it prints may come before the daemon has its pid, which is 0 until then.
  const found = await eventually("the command's pid", async () => {
    const looked = await engine.inspectExec(exec);
    assert.ok(looked?.Running, JSON.stringify(looked));
    return looked.Pid > 0 && looked;
  });
  assert.ok(found.Running && found.Pid > 1, JSON.stringify(found));
  assert.equal(found.ExitCode, undefined);
});

test("a container that does not run takes no command", realDaemon, async () => {
  const idle = await daemon.create("true");
  await assert.rejects(daemon.engine.createExec(idle, { argv: ["true"] }), { code: "conflict" });
  await assert.rejects(daemon.engine.createExec("mesos-docker-test-none", { argv: ["true"] }), { code: "not_found" });
  assert.equal(await daemon.engine.inspectExec("0".repeat(64)), undefined);
});
