// Who a container's process is, and where it runs.
import assert from "node:assert/strict";
import { testOnDocker } from "./cases.ts";
import { ask, lookInside, readAnswers } from "./inside.ts";
import { openTestCluster } from "./test_cluster.ts";
import { flags } from "./test_task.ts";

const whoAndWhere = { uid: "id -u", gid: "id -g", groups: "id -G", folder: "pwd" };

testOnDocker("user and working directory by the document", async (bench) => {
  await using cluster = await openTestCluster(bench);
  const task = { document: { user: "65534:12", workdir: "/var/tmp" } };
  assert.deepEqual(await lookInside(cluster, task, whoAndWhere), {
    uid: "65534",
    gid: "12",
    groups: "12",
    folder: "/var/tmp",
  });
});

testOnDocker("user, groups and working directory by parameters, over the document", async (bench) => {
  await using cluster = await openTestCluster(bench);
  const parameters = flags("user=nobody", "group-add=7", "group-add=nogroup", "workdir=/made/here");
  const task = { document: { user: "0", workdir: "/tmp" }, parameters };
  const { groups, ...found } = await lookInside(cluster, task, whoAndWhere);
  assert.deepEqual(found, { uid: "65534", gid: "65534", folder: "/made/here" });
  assert.deepEqual(new Set(groups.split(" ")), new Set(["65534", "7"]));
});

testOnDocker("names of a container", async (bench) => {
  await using cluster = await openTestCluster(bench);
  const questions = { host: "hostname", domain: "cat /proc/sys/kernel/domainname" };
  const container = { hostname: "web" };
  const parameters = flags("domainname=cluster.test");
  const found = await lookInside(cluster, { network: "bridge", container, parameters }, questions);
  assert.deepEqual(found, { host: "web", domain: "cluster.test" });
});

testOnDocker("a stop signal by document and by parameter reaches the process", async (bench) => {
  await using cluster = await openTestCluster(bench);
  const shell = "trap 'echo usr1; exit' USR1; trap 'echo usr2; exit' USR2; echo ready; while true; do sleep 0.1; done";
  const stop = async (taskId: string, said: { document: object; parameters: ReturnType<typeof flags> }) => {
    await cluster.run(taskId, { shell, graceMs: 20_000, ...said });
    await cluster.sandboxSays(taskId, "stdout", /ready/);
    cluster.kill(taskId);
    await cluster.book.end(taskId);
    return await cluster.sandboxText(taskId, "stdout");
  };
  const document = { stopSignal: "SIGUSR1" };
  assert.equal(await stop("first", { document, parameters: [] }), "ready\nusr1\n");
  assert.equal(await stop("second", { document, parameters: flags("stop-signal=USR2") }), "ready\nusr2\n");
});

testOnDocker("an entrypoint, and the words behind it", async (bench) => {
  await using cluster = await openTestCluster(bench);
  cluster.launch("document", { command: ["-c", "echo $0 $1"], document: { entrypoint: ["sh"], args: ["a", "b c"] } });
  cluster.launch("parameter", { command: ["hello", "world"], parameters: flags("entrypoint=echo") });
  await cluster.book.end("document");
  await cluster.book.end("parameter");
  assert.equal(await cluster.sandboxText("document", "stdout"), "a b c\n");
  assert.equal(await cluster.sandboxText("parameter", "stdout"), "hello world\n");
});

testOnDocker("an init process is the first one", async (bench) => {
  await using cluster = await openTestCluster(bench);
  const found = await lookInside(cluster, { parameters: flags("init=true") }, { first: "cat /proc/1/comm" });
  assert.match(found.first, /^(docker-init|tini)$/);
});

testOnDocker("a terminal of the size that the task asks for", async (bench) => {
  await using cluster = await openTestCluster(bench);
  const container = { ttyInfo: { windowSize: { rows: 33, columns: 111 } } };
  const questions = { terminal: "test -t 0 && test -t 1 && echo yes", size: "stty size" };
  // The size is told to a container that runs: it waits until somebody has.
  const shell = `until [ "$(stty size)" = "33 111" ]; do sleep 0.05; done; ${ask(questions)}`;
  cluster.launch("task", { container, command: ["sh", "-c", shell] });
  await cluster.book.end("task");
  const stdout = await cluster.sandboxText("task", "stdout");
  assert.deepEqual(readAnswers(stdout), { terminal: "yes", size: "33 111" });
});

testOnDocker("labels of task, parameters and executor are the container's", async (bench) => {
  await using cluster = await openTestCluster(bench);
  const container = await cluster.run("labelled", {
    shell: "sleep 60",
    parameters: flags("label=tier=front", "label=bare"),
    info: { labels: { labels: [{ key: "owner", value: "me" }] } },
    graceMs: 0,
  });
  const { Labels } = (container.raw as { Config: { Labels: Record<string, string> } }).Config;
  const foreign = Object.entries(Labels).filter(([name]) => !name.startsWith("mesos-docker."));
  assert.deepEqual(Object.fromEntries(foreign), { tier: "front", bare: "", owner: "me" });
  assert.equal(Labels["mesos-docker.task"], "labelled");
  assert.equal(Labels["mesos-docker.owner.pid"], String(cluster.executorPid("labelled")));
  cluster.kill("labelled");
  await cluster.book.end("labelled");
});
