// Health checks of tasks, made by the compiled program in containers of the real daemon.
import assert from "node:assert/strict";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { HealthCheck_Type, TaskState } from "../../src/mesos/protocol.ts";
import type { Plain } from "../executor/task_specimen.ts";
import { testOnDocker } from "./cases.ts";
import { asked, countAsked, exitAsTold, say, servePage, tellings, told } from "./checked.ts";
import { eventually } from "./eventually.ts";
import { openTestCluster } from "./test_cluster.ts";
import { launchGroup } from "./test_group.ts";
import { type FullTask, flags } from "./test_task.ts";

type HealthInit = Plain<FullTask["healthCheck"]>;

/** Soon and often; the grace is long enough for every machine. */
const often = { delaySeconds: 0, intervalSeconds: 0.3, gracePeriodSeconds: 100 } satisfies HealthInit;

const page = (healthCheck: HealthInit = {}): { info: Partial<FullTask> } => ({
  info: {
    healthCheck: { type: HealthCheck_Type.HTTP, http: { port: 80, path: "/cgi-bin/page" }, ...often, ...healthCheck },
  },
});

testOnDocker(
  "a page is asked for where only the container reaches it, and decides over the task (case 62)",
  async (bench) => {
    await using cluster = await openTestCluster(bench);
    const shell = `echo 500 > /mnt/mesos/sandbox/answer; ${servePage("127.0.0.1:80")}`;
    await cluster.run("web", { shell, network: "bridge", graceMs: 0, ...page({ consecutiveFailures: 2 }) });
    await asked(cluster, "web", 2);
    assert.deepEqual(tellings(cluster, "web"), ["STARTING", "RUNNING"]);
    await say(cluster, "web", 200);
    await told(cluster, "web", 3);
    await asked(cluster, "web", 2);
    await say(cluster, "web", 500);
    await cluster.book.end("web");
    assert.deepEqual(tellings(cluster, "web"), [
      "STARTING",
      "RUNNING",
      "RUNNING health healthy",
      "RUNNING health unhealthy",
      "RUNNING health unhealthy",
      "KILLING",
      "KILLED unhealthy",
    ]);
    const [, running, healthy, unhealthy] = cluster.book.statuses("web");
    const address = running?.containerStatus?.networkInfos[0]?.ipAddresses[0]?.ipAddress;
    assert.match(address ?? "", /^172\./);
    for (const status of [healthy, unhealthy]) {
      assert.equal(status?.containerStatus?.networkInfos[0]?.ipAddresses[0]?.ipAddress, address);
    }
    assert.equal(unhealthy?.message, "Health check failed: the answer had status 500");
    assert.deepEqual((await cluster.book.exit("web")).exit, { kind: "code", code: 0 });
  },
);

/** Networks that the threads of a process are in. */
function networksOf(pid: number): string[] {
  const tasks = `/proc/${pid}/task`;
  return [...new Set(readdirSync(tasks).map((thread) => readlinkSync(`${tasks}/${thread}/ns/net`)))];
}

testOnDocker(
  "a redirect to a page that is well counts as healthy, 404 as unhealthy, and no thread stays with the container",
  async (bench) => {
    await using cluster = await openTestCluster(bench);
    const shell = `echo 200 > /mnt/mesos/sandbox/answer; ${servePage("127.0.0.1:80")}`;
    const there = page({ http: { port: 80, path: "/cgi-bin/there" } });
    await cluster.run("web", { shell, graceMs: 0, ...there });
    assert.equal((await told(cluster, "web", 3))[2], "RUNNING health healthy");
    assert.deepEqual(networksOf(cluster.executorPid("web")), [readlinkSync("/proc/self/ns/net")]);
    const missing = page({ http: { port: 80, path: "/none" }, gracePeriodSeconds: 0, consecutiveFailures: 1 });
    await cluster.run("lost", { shell: servePage("127.0.0.1:80"), graceMs: 0, ...missing });
    assert.equal((await cluster.book.end("lost")).healthy, false);
  },
);

/** Processes of the host whose command line has this text. */
function findCommands(text: string): string[] {
  return readdirSync("/proc").filter((name) => {
    try {
      return /^\d+$/.test(name) && readFileSync(`/proc/${name}/cmdline`, "utf8").includes(text);
    } catch {
      // It has ended meanwhile.
      return false;
    }
  });
}

testOnDocker(
  "none of a command's processes is left, whatever they have made of parents and variables (case 63)",
  async (bench) => {
    await using cluster = await openTestCluster(bench);
    const mark = "98765.25";
    const value = `env -i sleep ${mark} & (setsid sleep ${mark} &); sleep ${mark}`;
    const healthCheck = {
      type: HealthCheck_Type.COMMAND,
      command: { value },
      ...often,
      timeoutSeconds: 1,
      gracePeriodSeconds: 0,
      consecutiveFailures: 1000,
      intervalSeconds: 100,
    };
    await cluster.run("slow", { shell: "sleep 1000", graceMs: 0, info: { healthCheck } });
    assert.equal((await told(cluster, "slow", 3))[2], "RUNNING health unhealthy");
    assert.equal(cluster.book.statuses("slow")[2]?.message, "Health check failed: it took longer than 1 s");
    assert.deepEqual(findCommands(mark), []);
  },
);

testOnDocker("a command is run with the container's variables, its own, and its user", async (bench) => {
  await using cluster = await openTestCluster(bench);
  const variables = [{ name: "OWN", value: "here" }];
  const value = 'test "$KEPT $OWN $(id -u)" = "there here 12" -a "$MESOS_SANDBOX" = /mnt/mesos/sandbox';
  const command = { value, user: "12", environment: { variables } };
  const healthCheck = { type: HealthCheck_Type.COMMAND, command, ...often };
  const document = { env: { KEPT: "there" } };
  await cluster.run("task", { shell: "sleep 1000", graceMs: 0, document, info: { healthCheck } });
  assert.equal((await told(cluster, "task", 3))[2], "RUNNING health healthy");
});

testOnDocker("nothing is told of health once a task is being killed (case 66)", async (bench) => {
  await using cluster = await openTestCluster(bench);
  const healthCheck = { type: HealthCheck_Type.COMMAND, command: { value: exitAsTold }, ...often };
  const shell = "trap 'sleep 2; exit 0' TERM; echo 0 > /mnt/mesos/sandbox/answer; while true; do sleep 0.1; done";
  await cluster.run("task", { shell, graceMs: 60_000, info: { healthCheck } });
  await told(cluster, "task", 3);
  cluster.kill("task");
  await cluster.book.reach("task", TaskState.TASK_KILLING);
  await say(cluster, "task", 1);
  await cluster.book.end("task");
  assert.deepEqual(tellings(cluster, "task"), ["STARTING", "RUNNING", "RUNNING health healthy", "KILLING", "KILLED"]);
});

testOnDocker("no check is made while the agent is away, and one soon after it is back (case 66)", async (bench) => {
  await using cluster = await openTestCluster(bench, { checkpoint: true });
  const healthCheck = {
    type: HealthCheck_Type.COMMAND,
    command: { value: exitAsTold },
    ...often,
    consecutiveFailures: 1000,
  };
  const shell = "echo 0 > /mnt/mesos/sandbox/answer; sleep 1000";
  await cluster.run("task", { shell, graceMs: 0, info: { healthCheck } });
  await told(cluster, "task", 3);
  await cluster.agent.setStage("down");
  // The executor has to notice.
  await eventually("silence", async () => {
    const before = await countAsked(cluster, "task");
    await new Promise((resolve) => setTimeout(resolve, 1500));
    return (await countAsked(cluster, "task")) === before;
  });
  await say(cluster, "task", 1);
  assert.equal(tellings(cluster, "task").length, 3);
  await cluster.agent.setStage("reconnecting");
  assert.equal((await told(cluster, "task", 4))[3], "RUNNING health unhealthy");
});

const healthCommand = (...more: string[]) =>
  flags(`health-cmd=${exitAsTold}`, "health-interval=300ms", "health-retries=1", ...more);

testOnDocker("the container's own HEALTHCHECK kills the task where the operator wants that", async (bench) => {
  await using cluster = await openTestCluster(bench, { executorEnvironment: { MESOS_DOCKER_HEALTHCHECK: "kill" } });
  const shell = "echo 1 > /mnt/mesos/sandbox/answer; sleep 1000";
  await cluster.run("task", { shell, graceMs: 0, parameters: healthCommand() });
  await cluster.book.end("task");
  assert.deepEqual(tellings(cluster, "task"), [
    "STARTING",
    "RUNNING",
    "RUNNING health unhealthy",
    "KILLING",
    "KILLED unhealthy",
  ]);
});

testOnDocker(
  "a check in a group reaches what another task of it serves, and a sick task ends the others (case 68)",
  async (bench) => {
    await using cluster = await openTestCluster(bench);
    const healthCheck = {
      type: HealthCheck_Type.TCP,
      tcp: { port: 80 },
      ...often,
      gracePeriodSeconds: 0,
      intervalSeconds: 0.5,
      consecutiveFailures: 100,
    };
    const sick = { ...healthCheck, tcp: { port: 81 }, delaySeconds: 2, consecutiveFailures: 1 };
    launchGroup(cluster, bench, {
      server: { shell: servePage("127.0.0.1:80"), graceMs: 0 },
      client: { shell: "sleep 1000", graceMs: 0, info: { healthCheck } },
      sick: { shell: "sleep 1000", graceMs: 0, info: { healthCheck: sick } },
    });
    await eventually("a success", () => tellings(cluster, "client").includes("RUNNING health healthy"));
    assert.equal((await cluster.book.end("sick")).healthy, false);
    for (const taskId of ["server", "client"]) {
      assert.match((await cluster.book.end(taskId)).message, /killed because another task of its group/);
    }
  },
);
