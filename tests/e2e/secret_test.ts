// Secrets that come with a task: the container has them, and nobody else.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import {
  Environment_Variable_Type,
  Secret_Type,
  TaskState,
  TaskStatus_Reason,
  Volume_Mode,
  Volume_Source_Type,
} from "../../src/mesos/protocol.ts";
import { testOnDocker } from "./cases.ts";
import { lookInside } from "./inside.ts";
import { openTestCluster, type TestCluster } from "./test_cluster.ts";

const toSecret = (text: string) => ({ type: Secret_Type.VALUE, value: { data: new TextEncoder().encode(text) } });

const reference = { type: Secret_Type.REFERENCE, reference: { name: "vault/password" } };

function toVolume(secret: typeof reference | ReturnType<typeof toSecret>) {
  return { containerPath: "/run/password", mode: Volume_Mode.RW, source: { type: Volume_Source_Type.SECRET, secret } };
}

testOnDocker("a secret is a file in memory, which cannot be written and is gone with its container", async (bench) => {
  await using cluster = await openTestCluster(bench);
  const { raw } = await cluster.run("task", {
    shell: "cat /run/password; stat -c %a /run/password; (echo x > /run/password) 2>&1; echo; sleep 60",
    container: { volumes: [toVolume(toSecret("correct horse\n"))] },
    document: { user: "65534" },
    graceMs: 0,
  });
  await cluster.sandboxSays("task", "stdout", /\n\n/);
  const stdout = await cluster.sandboxText("task", "stdout");
  assert.match(stdout, /^correct horse\n444\n.*(Read-only file system|Permission denied)/);
  const { Mounts } = (raw as { HostConfig: { Mounts: { Source: string }[] } }).HostConfig;
  const folders = Mounts.map(({ Source }) => dirname(Source));
  assert.match(folders.join(), /^\/dev\/shm\/[^/]+$/);
  assert.ok(folders.every((folder) => existsSync(folder)));
  cluster.kill("task");
  await cluster.book.end("task");
  await cluster.book.exit("task");
  assert.ok(folders.every((folder) => !existsSync(folder)));
});

/** All that an agent, a framework or an operator learns of a task. */
async function readAll(cluster: TestCluster, taskId: string): Promise<string> {
  const statuses = cluster.book.statuses(taskId).map(({ message, data, labels }) => {
    return `${message} ${new TextDecoder().decode(data)} ${JSON.stringify(labels?.labels)}`;
  });
  return [...statuses, await cluster.sandboxText(taskId, "stderr")].join("\n");
}

testOnDocker("a secret variable is in the container, and in no status, log or explanation", async (bench) => {
  const executorEnvironment = { MESOS_DOCKER_LOG: "debug", MESOS_DOCKER_EXPLAIN: "1" };
  await using cluster = await openTestCluster(bench, { executorEnvironment });
  const value = "battery-staple-7263";
  const type = Environment_Variable_Type.SECRET;
  cluster.launch("task", {
    variables: [{ name: "PASSWORD", type, secret: toSecret(value) }],
    // A program that tells it is not to be believed either.
    shell: "echo $PASSWORD; echo login failed with $PASSWORD | tee /dev/stderr > /dev/null; exit 4",
    container: { volumes: [toVolume(toSecret("correct horse"))] },
  });
  const { message } = await cluster.book.end("task");
  assert.equal(message, "Container exited with status 4; stderr ends with:\nlogin failed with [secret]");
  assert.equal(await cluster.sandboxText("task", "stdout"), `${value}\n`);
  const told = await readAll(cluster, "task");
  assert.match(told, /"PASSWORD=\[secret\]"/);
  // Only what the container itself has written holds it.
  assert.equal(told.replace(`login failed with ${value}`, "").includes(value), false);
  assert.equal(told.includes("correct horse"), false);
});

testOnDocker("a secret that is a reference is refused by its name", async (bench) => {
  await using cluster = await openTestCluster(bench);
  cluster.launch("file", { container: { volumes: [toVolume(reference)] } });
  const end = await cluster.book.end("file");
  assert.equal(end.state, TaskState.TASK_ERROR);
  assert.equal(end.reason, TaskStatus_Reason.TASK_INVALID);
  assert.equal(
    end.message,
    'Cannot honour container.volumes[0].source.secret: secret "vault/password" is a REFERENCE, and executors are given only secrets of type VALUE',
  );
});

testOnDocker("secrets of several variables and files beside plain ones", async (bench) => {
  await using cluster = await openTestCluster(bench);
  const { SECRET, VALUE } = Environment_Variable_Type;
  const task = {
    variables: [
      { name: "ONE", type: SECRET, secret: toSecret("1=\n2") },
      { name: "TWO", type: VALUE, value: "plain" },
    ],
    container: {
      volumes: [toVolume(toSecret("first")), { ...toVolume(toSecret("second")), containerPath: "deep/second" }],
    },
  };
  const found = await lookInside(cluster, task, {
    one: 'echo "$ONE"',
    two: "echo $TWO",
    first: "cat /run/password",
    second: "cat /mnt/mesos/sandbox/deep/second",
  });
  assert.deepEqual(found, { one: "1=\n2", two: "plain", first: "first", second: "second" });
});
