import assert from "node:assert/strict";
import { sleep, systemClock } from "../../src/runtime/clock.ts";
import { seededRandom } from "../fakes/seeded_random.ts";
import { testOnDocker } from "./cases.ts";
import type { RunningCommand } from "./command.ts";
import { eventually } from "./eventually.ts";
import { openRunBench, type RunBench, type RunOptions } from "./run_bench.ts";

const takesLeave = "trap 'sleep 1; exit 5' TERM; echo ready; while true; do sleep 0.1; done";
const ignores = "trap '' TERM; echo ready; while true; do sleep 0.1; done";

/** Far more than anything here takes, so that only a second signal can end a container that ignores the first. */
const longGrace = ["--grace", "300", "--network", "none"];

async function startUntilReady(bench: RunBench, options: RunOptions): Promise<RunningCommand> {
  const command = bench.start(options);
  await eventually("the container's first line", () => command.stdout.includes("ready\n"));
  return command;
}

for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  testOnDocker(`${signal} leaves the containers of run their grace`, async (docker) => {
    await using bench = await openRunBench(docker);
    const command = await startUntilReady(bench, { flags: longGrace, shell: takesLeave });
    command.interrupt(signal);
    const { end, stderr } = await command.result;
    assert.equal(end, 5);
    assert.match(stderr, new RegExp(`^mesos-docker: ${signal}: killing with a grace of 300 s`, "m"));
    assert.match(stderr, /: TASK_KILLING$/m);
    assert.match(stderr, /: TASK_KILLED, Container exited with status 5, killed on request$/m);
  });
}

testOnDocker("a second Ctrl-C kills at once", async (docker) => {
  await using bench = await openRunBench(docker);
  const command = await startUntilReady(bench, { flags: [...longGrace, "--instances", "2"], shell: ignores });
  await eventually("both containers", async () => command.stdout.split("ready\n").length === 3);
  command.interrupt("SIGINT");
  await eventually("TASK_KILLING of both", () => command.stderr.split("TASK_KILLING").length === 3);
  command.interrupt("SIGINT");
  const { end, stderr } = await command.result;
  assert.equal(end, 137);
  assert.match(stderr, /^mesos-docker: SIGINT: killing at once$/m);
});

testOnDocker("three signals in one moment are one kill at once", async (docker) => {
  await using bench = await openRunBench(docker);
  const command = await startUntilReady(bench, { flags: longGrace, shell: ignores });
  for (const signal of ["SIGINT", "SIGTERM", "SIGINT"] as const) command.interrupt(signal);
  assert.equal((await command.result).end, 137);
});

testOnDocker("run ends with its container when nobody reads its output any more", async (docker) => {
  await using bench = await openRunBench(docker);
  const flags = ["--grace", "0", "--network", "none"];
  const command = bench.start({ flags, shell: "while true; do echo y; echo n >&2; done" });
  await eventually("output", () => command.stdout.length > 0);
  command.closePipes();
  assert.equal((await command.result).end, 1);
});

testOnDocker("run that is killed itself takes its containers with it", async (docker) => {
  await using bench = await openRunBench(docker);
  const command = await startUntilReady(bench, { flags: ["--network", "none"], shell: takesLeave });
  command.interrupt("SIGKILL");
  assert.equal((await command.result).end, "SIGKILL");
  await eventually("the end of executor and container", async () => {
    const { containers, processes } = await bench.leftovers();
    return containers === 0 && processes === 0;
  });
  bench.removeTemporaryFiles();
});

/** Milliseconds from the start of `run` until its container runs, on this machine as it is now. */
async function measureStart(bench: RunBench): Promise<number> {
  const begin = systemClock.now();
  const command = bench.start({ flags: ["--network", "none"], shell: "true" });
  await eventually("TASK_RUNNING", () => command.stderr.includes("TASK_RUNNING"));
  const took = systemClock.now() - begin;
  await command.result;
  return took;
}

testOnDocker("Ctrl-C at any moment leaves nothing", async (docker) => {
  await using bench = await openRunBench(docker);
  const startMs = await measureStart(bench);
  const random = seededRandom(2026);
  for (let round = 0; round < 5; round++) {
    // Four at a time, so that they also disturb each other.
    const moments = Array.from({ length: 4 }, () => ({ first: random() * 1.5, second: random() * 0.3 }));
    const ends = moments.map(async ({ first, second }) => {
      const command = bench.start({ flags: ["--grace", "1", "--network", "none"], shell: "sleep 300" });
      await sleep(systemClock, first * startMs);
      command.interrupt("SIGINT");
      await sleep(systemClock, second * startMs);
      if (second < 0.1 && command.isRunning) command.interrupt("SIGINT");
      return await command.result;
    });
    for (const { end, stderr } of await Promise.all(ends)) {
      // Before it listens to signals, one ends it as any program.
      assert.ok(["SIGINT", 1, 137].includes(end), `it ended with ${end}: ${stderr}`);
      assert.doesNotMatch(stderr, /\n\s+at |\[object/);
    }
    assert.deepEqual(await bench.leftovers(), { containers: 0, processes: 0 });
  }
});
