// What is left when an executor is killed, and who takes it away.
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import process from "node:process";
import { testOnDocker } from "./cases.ts";
import { runCommand } from "./command.ts";
import { eventually } from "./eventually.ts";
import { openTestCluster } from "./test_cluster.ts";

testOnDocker(
  "a container whose executor was killed is reaped, and that of a living one is not (case 77)",
  async (bench) => {
    const { binary } = bench;
    await using cluster = await openTestCluster(bench, { executorEnvironment: { MESOS_DOCKER_REAP: "off" } });
    await cluster.run("owned", { shell: "sleep 300", graceMs: 0 });
    await cluster.run("orphan", { shell: "sleep 300" });
    const pid = cluster.executorPid("orphan");
    process.kill(pid, "SIGKILL");
    await cluster.book.exit("orphan");
    assert.equal((await cluster.containers()).length, 2, "the container outlives its executor");

    const told = await runCommand([binary, "reap", "--dry-run", "--json"]);
    const ours = (stdout: string) =>
      stdout
        .split("\n")
        .filter(Boolean)
        .map((line) => JSON.parse(line) as { taskId: string; outcome: string; why: string })
        .filter(({ why }) => why.includes(`process ${pid},`));
    assert.deepEqual(
      ours(told.stdout).map(({ taskId, outcome }) => [taskId, outcome]),
      [["orphan", "found"]],
    );
    assert.equal((await cluster.containers()).length, 2);

    const { end, stdout } = await runCommand([binary, "reap"]);
    assert.equal(end, 0);
    assert.match(
      stdout,
      new RegExp(`removed [0-9a-f]{12} of task "orphan": its executor, process ${pid}, has ended\n`),
    );
    assert.deepEqual(
      (await cluster.containers()).map(({ Labels }) => Labels["mesos-docker.task"]),
      ["owned"],
    );
    assert.deepEqual(
      readdirSync("/dev/shm").filter((name) => name.includes(`-${pid}-`)),
      [],
    );
    cluster.kill("owned");
    await cluster.book.end("owned");
  },
);

for (const [title, args, message] of [
  ["an interval that is none", ["--interval", "soon"], /Expected a duration from 100ms to 15250weeks/],
  ["words that it does not know", ["everything"], /too many arguments/],
] as const) {
  testOnDocker(`reap refuses ${title}`, async ({ binary }) => {
    const { end, stderr } = await runCommand([binary, "reap", ...args]);
    assert.equal(end, 2);
    assert.match(stderr, message);
  });
}

testOnDocker("reap says that the daemon is not there", async ({ binary }) => {
  const { end, stderr } = await runCommand([binary, "reap"], { env: { DOCKER_HOST: "unix:///absent.sock" } });
  assert.equal(end, 1);
  assert.match(stderr, /absent\.sock/);
});

testOnDocker("an executor that runs for a while reaps what others have left", async (bench) => {
  await using cluster = await openTestCluster(bench);
  await cluster.run("orphan", { shell: "sleep 300" });
  process.kill(cluster.executorPid("orphan"), "SIGKILL");
  await cluster.book.exit("orphan");
  await cluster.run("tidy", { shell: "sleep 300", graceMs: 0 });
  await eventually("the orphan's end", async () => (await cluster.containers()).length === 1);
  cluster.kill("tidy");
  await cluster.book.end("tidy");
});

testOnDocker("a failed container that is kept outlives its executor until its time is over", async (bench) => {
  const { binary, engine } = bench;
  const reap = () => runCommand([binary, "reap"]);
  await using cluster = await openTestCluster(bench, {
    executorEnvironment: { MESOS_DOCKER_KEEP_CONTAINERS: "on-failure:1hrs", MESOS_DOCKER_REAP: "off" },
  });
  cluster.launch("well", { shell: "exit 0" });
  cluster.launch("badly", { shell: "echo last words; exit 3" });
  for (const taskId of ["well", "badly"]) await cluster.book.exit(taskId);
  await reap();
  const [kept, ...others] = await cluster.containers();
  assert.deepEqual([kept?.Labels["mesos-docker.task"], kept?.State, others], ["badly", "exited", []]);
  await engine.removeContainer(kept?.Id ?? "");
});

testOnDocker("a container that is kept is removed by its executor, or reaped when that has ended", async (bench) => {
  await using cluster = await openTestCluster(bench, {
    executorEnvironment: { MESOS_DOCKER_KEEP_CONTAINERS: "4secs", MESOS_DOCKER_REAP: "off" },
  });
  await cluster.run("long", { executorId: "both", shell: "sleep 300", graceMs: 0 });
  cluster.launch("short", { executorId: "both", shell: "exit 0" });
  await cluster.book.end("short");
  await eventually("the removal of the short one", async () => (await cluster.containers()).length === 1);
  cluster.kill("long");
  await cluster.book.exit("both");
  assert.equal((await cluster.containers()).length, 1, "the executor does not wait for what is kept");
  await eventually("the end of the long one's time", async () => {
    await runCommand([bench.binary, "reap"]);
    return (await cluster.containers()).length === 0;
  });
});
