import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import type { Finding } from "../../../src/executor/checks/check_spec.ts";
import { probeCommandIn } from "../../../src/executor/checks/command_probe.ts";
import { fail, hang } from "../../fakes/engine_faults.ts";
import { FakeClock } from "../../fakes/fake_clock.ts";
import { FakeEngine } from "../../fakes/fake_engine.ts";
import { RecordingLog } from "../recording_log.ts";
import { settled, until } from "../until.ts";

const probe = { kind: "command", argv: ["look"], env: ["A=1"], user: "nobody" } as const;

/** A text that every cgroup file of this process has, as a container's has the container's id. */
const ownCgroup = readFileSync("/proc/self/cgroup", "utf8").split("\n")[0] ?? "";

class Bench {
  readonly clock = new FakeClock();
  readonly log = new RecordingLog();
  readonly engine = new FakeEngine({ clock: this.clock, images: ["busybox"] });
  readonly #giving = new AbortController();

  /** Runs the command in a container of this name. */
  async run(name = "c1", more: Partial<typeof probe> | { env: string[] } = {}): Promise<Finding> {
    const { engine, clock, log } = this;
    await engine.createContainer({ name, body: { Image: "busybox" } });
    await engine.startContainer(name);
    return await probeCommandIn(name, { ...probe, ...more }, { engine, clock, log, signal: this.#giving.signal });
  }

  /** The command runs. */
  async begun(): Promise<void> {
    await until(() => this.engine.execs.all.some(({ status }) => status === "running"));
    await settled();
  }

  giveUp(): void {
    this.#giving.abort(new Error("too late"));
  }
}

/** The variable by which a command's processes are found. */
function markOf({ engine }: Bench): string {
  return engine.execs.last.request.env?.find((one) => one.startsWith("MESOS_DOCKER_PROBE=")) ?? "";
}

/** Waits until all processes that hold its output open have ended. */
async function closed(child: ChildProcess): Promise<void> {
  child.stdout?.resume();
  if (child.stdout && !child.stdout.closed) await once(child.stdout, "close");
}

test("a command is run as it was asked for, with a mark of its own", async () => {
  const bench = new Bench();
  bench.engine.execs.onStart = (exec) => exec.exit(3);
  assert.deepEqual(await bench.run(), { kind: "command", exitCode: 3 });
  const { argv, user, env } = bench.engine.execs.last.request;
  assert.deepEqual({ argv, user, env: env?.slice(0, -1) }, { argv: ["look"], user: "nobody", env: ["A=1"] });
  assert.match(markOf(bench), /^MESOS_DOCKER_PROBE=[-0-9a-f]{36}$/);
});

test("a daemon that knows no variables of commands runs those that have none", async () => {
  const bench = new Bench();
  bench.engine.execs.onStart = (exec) => exec.exit(0);
  bench.engine.once("createExec", fail("unsupported", "variables need API 1.25"));
  assert.deepEqual(await bench.run("c1", { env: [] }), { kind: "command", exitCode: 0 });
  assert.equal(bench.engine.execs.last.request.env, undefined);
});

test("a daemon that knows no variables of commands does not run those that have some", async () => {
  const bench = new Bench();
  bench.engine.once("createExec", fail("unsupported", "variables need API 1.25"));
  assert.deepEqual(await bench.run(), { kind: "none", why: "variables need API 1.25" });
});

for (const [call, code, kind] of [
  ["createExec", "conflict", "none"],
  ["createExec", "absent", "unknown"],
  ["openExec", "failed", "none"],
  ["openExec", "timeout", "unknown"],
  ["inspectExec", "absent", "unknown"],
] as const) {
  test(`a command has found ${kind === "none" ? "nothing" : "nothing of the container"} when ${call} gives ${code}`, async () => {
    const bench = new Bench();
    bench.engine.execs.onStart = (exec) => exec.exit(0);
    bench.engine.always(call, fail(code, "why"));
    assert.deepEqual(await bench.run(), { kind, why: "why" });
  });
}

test("a command that is given up is killed with all that it has started, whatever that makes of its variables", async () => {
  const bench = new Bench();
  const words = ["-c", "env -i sleep 60 & (setsid sleep 60 &) ; wait"];
  let child: ChildProcess | undefined;
  bench.engine.execs.onStart = (exec) => {
    const [name = "", value = ""] = markOf(bench).split("=");
    const stdio = ["ignore", "pipe", "ignore"] as const;
    child = spawn("sh", words, { stdio: [...stdio], env: { PATH: process.env.PATH, [name]: value } });
    exec.pid = child.pid ?? 0;
  };
  const rejected = assert.rejects(bench.run(ownCgroup), /^Error: too late$/);
  await bench.begun();
  bench.giveUp();
  await rejected;
  assert.ok(child);
  await closed(child);
  assert.deepEqual(bench.log.lines, []);
});

test("a command that has ended when it is given up leaves nothing to be killed", async () => {
  const bench = new Bench();
  const rejected = assert.rejects(bench.run(), /^Error: too late$/);
  await bench.begun();
  bench.giveUp();
  bench.engine.execs.last.exit(0);
  await rejected;
  assert.deepEqual(bench.log.lines, []);
});

test("a command that the daemon begins after it was given up is killed then", async () => {
  const bench = new Bench();
  bench.engine.once("openExec", hang());
  const running = bench.run(ownCgroup);
  await until(() => bench.engine.methods.includes("openExec"));
  bench.giveUp();
  for (let look = 0; look < 3; look++) {
    await bench.clock.scheduled(200);
    bench.clock.advance(200);
  }
  await bench.clock.scheduled(200);
  const child = spawn("sleep", ["60"], { stdio: ["ignore", "pipe", "ignore"] });
  bench.engine.execs.last.start(new AbortController().signal);
  bench.engine.execs.last.pid = child.pid ?? 0;
  bench.clock.advance(200);
  assert.deepEqual(await running, { kind: "unknown", why: "the daemon did not begin the command in time" });
  await closed(child);
});

test("a command that the daemon never begins is not waited for for ever", async () => {
  const bench = new Bench();
  bench.engine.once("openExec", hang());
  const running = bench.run();
  await until(() => bench.engine.methods.includes("openExec"));
  bench.giveUp();
  for (let look = 0; look < 50; look++) {
    await bench.clock.scheduled(200);
    bench.clock.advance(200);
  }
  assert.equal((await running).kind, "unknown");
});

test("a command that was given up before it was prepared has nothing to be killed", async () => {
  const bench = new Bench();
  bench.engine.once("createExec", hang());
  const running = bench.run();
  await until(() => bench.engine.methods.includes("createExec"));
  bench.giveUp();
  assert.equal((await running).kind, "unknown");
  assert.equal(bench.engine.methods.includes("inspectExec"), false);
});

test("a daemon that does not tell what is left of a command is warned of", async () => {
  const bench = new Bench();
  bench.engine.always("inspectExec", fail("timeout", "no answer"));
  const rejected = assert.rejects(bench.run(), /^Error: too late$/);
  await bench.begun();
  bench.giveUp();
  await rejected;
  assert.deepEqual(bench.log.messages("warn"), ["a check's command may run on"]);
  assert.deepEqual(
    bench.engine.callsOf("inspectExec").map(({ options }) => options),
    [{ deadlineMs: 5000 }],
  );
});
