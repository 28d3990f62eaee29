import assert from "node:assert/strict";
import { test } from "node:test";
import type { ChecksSpec, HealthSpec } from "../../../src/executor/checks/check_spec.ts";
import { TaskChecks } from "../../../src/executor/checks/task_checks.ts";
import { fail, hang } from "../../fakes/engine_faults.ts";
import { FakeClock } from "../../fakes/fake_clock.ts";
import { FakeEngine } from "../../fakes/fake_engine.ts";
import { RecordingLog } from "../recording_log.ts";
import { settled, until } from "../until.ts";

const probe = { kind: "command", argv: ["look"], env: ["A=1"], user: "nobody" } as const;
const timing = { delayMs: 0, intervalMs: 1000 };
const health: HealthSpec = { probe, ...timing, graceMs: 0, consecutiveFailures: 2 };

/** A container whose commands exit as the test says, one after the other. */
async function open(spec: ChecksSpec, exitCodes: readonly number[] = []) {
  const clock = new FakeClock();
  const log = new RecordingLog();
  const engine = new FakeEngine({ clock, images: ["busybox"] });
  const { id } = await engine.createContainer({ body: { Image: "busybox" } });
  await engine.startContainer(id);
  const codes = exitCodes.values();
  engine.execs.onStart = (exec) => {
    const { value } = codes.next();
    if (value !== undefined) exec.exit(value);
  };
  const heard: string[] = [];
  const start = () =>
    new TaskChecks({
      spec,
      containerId: id,
      engine,
      clock,
      log,
      checked: (result) => heard.push(JSON.stringify(result)),
      judged: ({ verdict, why, kill }) => heard.push(`${verdict}: ${why}${kill === "yes" ? ", kill" : ""}`),
      fail: (error) => heard.push(`failure: ${error}`),
    });
  const pass = async (ms: number) => {
    await settled();
    clock.advance(ms);
    await settled();
  };
  return { clock, log, engine, heard, start, pass };
}

test("TaskChecks runs a command as the task says it, and tells what changes", async () => {
  const { engine, heard, start, pass } = await open({ check: { probe, ...timing } }, [1, 1, 0]);
  using _checks = start();
  for (let turn = 0; turn < 4; turn++) await pass(1000);
  assert.deepEqual(heard, ['{"kind":"command","exitCode":1}', '{"kind":"command","exitCode":0}']);
  const [first] = engine.execs.all;
  assert.deepEqual([first?.request.argv, first?.request.user, first?.request.env?.[0]], [["look"], "nobody", "A=1"]);
});

test("TaskChecks tells health, and when it is to end the task", async () => {
  const { heard, start, pass } = await open({ health }, [0, 3, 4]);
  using _checks = start();
  for (let turn = 0; turn < 4; turn++) await pass(1000);
  assert.deepEqual(heard, [
    "healthy: the command exited with status 0",
    "unhealthy: the command exited with status 3",
    "unhealthy: the command exited with status 4, kill",
  ]);
});

test("TaskChecks does not hold a daemon that is away against the container", async () => {
  const { engine, heard, log, start, pass } = await open({ health }, [0]);
  engine.once("createExec", fail("absent", "nobody listens"), fail("timeout", "no answer"));
  using _checks = start();
  for (let turn = 0; turn < 3; turn++) await pass(1000);
  assert.deepEqual(heard, ["healthy: the command exited with status 0"]);
  assert.equal(log.messages("warn").length, 2);
});

test("TaskChecks takes a command that cannot be run for a failure", async () => {
  const { engine, heard, start, pass } = await open({ health: { ...health, delayMs: 10 } }, []);
  engine.once("openExec", fail("invalid", 'exec: "look": executable file not found'));
  using _checks = start();
  await pass(10);
  assert.deepEqual(heard, ['unhealthy: exec: "look": executable file not found']);
});

test("TaskChecks tells an empty result when a command stops answering", async () => {
  const { heard, start, pass } = await open({ check: { probe, ...timing, timeoutMs: 500 } }, [1]);
  using _checks = start();
  await pass(0);
  await pass(1000);
  await pass(500);
  assert.deepEqual(heard, ['{"kind":"command","exitCode":1}', '{"kind":"command"}']);
});

test("TaskChecks says that a network cannot be entered on another host", async () => {
  const tcp = { kind: "tcp", host: "127.0.0.1", port: 80 } as const;
  const { heard, start, pass } = await open({ health: { ...health, delayMs: 10, probe: tcp } });
  using _checks = start();
  await pass(10);
  assert.deepEqual(heard, ["unhealthy: the container's network cannot be entered: its daemon runs on another host"]);
});

test("TaskChecks tells what the HEALTHCHECK of the container says, once each", async () => {
  const { engine, heard, start, pass } = await open({ healthcheck: "kill" });
  const { container } = engine;
  container.health = { Status: "starting", FailingStreak: 0 };
  using _checks = start();
  const say = async (action: string) => {
    engine.happenings.push({ type: "container", action, id: container.id, attributes: {}, timeMs: 0 });
    await pass(0);
  };
  await say("health_status: healthy");
  await say("health_status: healthy");
  await say("health_status: unhealthy");
  assert.deepEqual(heard, ["healthy: HEALTHCHECK says healthy", "unhealthy: HEALTHCHECK says unhealthy, kill"]);
});

test("TaskChecks says so when the image has no HEALTHCHECK", async () => {
  const { log, start } = await open({ healthcheck: "report" });
  using _checks = start();
  await until(() => log.messages("info").includes("the image has no HEALTHCHECK"));
});

test("TaskChecks asks again for a HEALTHCHECK when the daemon was away", async () => {
  const { engine, heard, start, pass } = await open({ healthcheck: "report" });
  engine.container.health = { Status: "healthy", FailingStreak: 0 };
  engine.once("inspectContainer", fail("absent", "nobody listens"));
  using _checks = start();
  await pass(5000);
  assert.deepEqual(heard, ["healthy: HEALTHCHECK says healthy"]);
});

test("TaskChecks tells nothing of a HEALTHCHECK while it is paused, and what has changed when it is resumed", async () => {
  const { engine, heard, start, pass } = await open({ healthcheck: "kill" });
  const { container } = engine;
  container.health = { Status: "healthy", FailingStreak: 0 };
  using checks = start();
  await pass(0);
  checks.pause();
  await pass(0);
  container.health = { Status: "unhealthy", FailingStreak: 1 };
  engine.happenings.push({
    type: "container",
    action: "health_status: unhealthy",
    id: container.id,
    attributes: {},
    timeMs: 0,
  });
  await pass(60_000);
  assert.deepEqual(heard, ["healthy: HEALTHCHECK says healthy"]);
  checks.resume();
  await pass(0);
  assert.deepEqual(heard.slice(1), ["unhealthy: HEALTHCHECK says unhealthy, kill"]);
});

test("TaskChecks tells a HEALTHCHECK that is as it was before a pause no second time", async () => {
  const { engine, heard, start, pass } = await open({ healthcheck: "report" });
  engine.container.health = { Status: "healthy", FailingStreak: 0 };
  using checks = start();
  await pass(0);
  checks.pause();
  checks.resume();
  await pass(0);
  assert.deepEqual(heard, ["healthy: HEALTHCHECK says healthy"]);
});

test("TaskChecks does not hold a daemon against the container that does not begin a command in time", async () => {
  const { engine, heard, log, start, pass } = await open({ health: { ...health, timeoutMs: 500 } }, [0]);
  engine.once("createExec", hang());
  using _checks = start();
  for (let turn = 0; turn < 3; turn++) await pass(1000);
  assert.deepEqual(heard, ["healthy: the command exited with status 0"]);
  assert.equal(log.messages("warn").length, 1);
});

test("TaskChecks leaves nothing when it ends, whatever it is doing", async () => {
  const { clock, heard, start, pass } = await open({ check: { probe, ...timing }, health, healthcheck: "report" }, []);
  const checks = start();
  await pass(0);
  checks[Symbol.dispose]();
  await settled();
  assert.deepEqual(clock.delays, []);
  assert.deepEqual(heard, []);
});
