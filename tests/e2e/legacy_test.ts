// What frameworks of old say to their executors, and leave to them (contract D.4 to D.7; cases 70 to 73).
import assert from "node:assert/strict";
import { mkdir, readFile } from "node:fs/promises";
import { testOnDocker } from "./cases.ts";
import { openImage } from "./daemon.ts";
import { hear, serve } from "./served_port.ts";
import { openTestCluster, type TestCluster } from "./test_cluster.ts";
import type { TestTask } from "./test_task.ts";

const toJson = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

/** A task of which only data and argv speak. */
function toLegacy(data: unknown, words: readonly string[], offeredPorts: readonly number[] = []): TestTask {
  return { info: { data: toJson(data) }, words, offeredPorts, describedBy: "info and words" };
}

async function finish(cluster: TestCluster, task: TestTask, taskId = "task"): Promise<string> {
  cluster.launch(taskId, task);
  assert.equal((await cluster.book.end(taskId)).message, "Container exited with status 0");
  return await cluster.sandboxText(taskId, "stdout");
}

testOnDocker("argv mode publishes what the image exposes on the task's ports, lowest first", async (bench) => {
  await using image = await openImage(bench.image, "EXPOSE 443 80 8443");
  await using cluster = await openTestCluster(bench, { executorEnvironment: { MESOS_DOCKER_EXIT_CODE: "container" } });
  const [first = 0, second = 0] = cluster.ports;
  const shell = `'env | grep ^PORT\n${serve(80, 443)}'`;
  cluster.launch("task", { ...toLegacy({}, [image.name, "sh", "-c", shell], [first, second]) });
  assert.deepEqual([await hear(first), await hear(second)], ["tcp 80\n", "tcp 443\n"]);
  const variables = [`PORT0=${first}`, `PORT1=${second}`, `PORT=${first}`, `PORTS=${first},${second}`];
  assert.deepEqual((await cluster.sandboxText("task", "stdout")).trimEnd().split("\n").sort(), variables);
  cluster.kill("task", 0);
  await cluster.book.end("task");
  assert.deepEqual((await cluster.book.exit("task")).exit, { kind: "code", code: 137 });
});

testOnDocker("Marathon 0.5: docker:///, options of docker run, variables over the offered ones", async (bench) => {
  await using cluster = await openTestCluster(bench);
  const folder = cluster.folder("shared");
  await mkdir(folder);
  const [port = 0] = cluster.ports;
  const data = {
    env: { PORT0: "1", X: "y" },
    container: {
      image: `docker:///${bench.image}`,
      options: ["-v", `${folder}:/y`, "--hostname=old", "--net", "none"],
    },
  };
  const shell = `'echo $PORT0 $PORT $X; hostname; echo kept > /y/file'`;
  assert.equal(await finish(cluster, toLegacy(data, ["sh", "-c", shell], [port])), `1 ${port} y\nold\n`);
  assert.equal(await readFile(`${folder}/file`, "utf8"), "kept\n");
});

testOnDocker("Marathon 0.7: ports that it chose itself, volumes, parameters, and the command once", async (bench) => {
  await using cluster = await openTestCluster(bench);
  const folder = cluster.folder("shared");
  await mkdir(folder);
  const [first = 0, second = 0] = cluster.ports;
  const data = {
    id: "/app",
    cmd: `hostname; touch /ro/x || ${serve(80, 81)}`,
    env: { X: "y" },
    container: {
      type: "DOCKER",
      docker: {
        image: bench.image,
        network: "BRIDGE",
        portMappings: [
          { containerPort: 80, hostPort: 0, servicePort: 10_000, protocol: "tcp" },
          { containerPort: 81, hostPort: second, servicePort: 10_001, protocol: "tcp" },
        ],
        parameters: [{ key: "hostname", value: "seven" }],
        forcePullImage: false,
      },
      volumes: [{ containerPath: "/ro", hostPath: folder, mode: "RO" }],
    },
  };
  cluster.launch("task", toLegacy(data, ["'unheeded words'"], [first, second]));
  assert.deepEqual([await hear(first), await hear(second)], ["tcp 80\n", "tcp 81\n"]);
  assert.equal(await cluster.sandboxText("task", "stdout"), "seven\n");
  assert.match(await cluster.sandboxText("task", "stderr"), /Read-only file system/);
  cluster.kill("task", 0);
  await cluster.book.end("task");
});

testOnDocker("data that nobody can read is not heeded, and argv says it all", async (bench) => {
  await using cluster = await openTestCluster(bench, { executorEnvironment: { MESOS_DOCKER_LOG: "warn" } });
  const words = [bench.image, "echo", "argv"];
  const heeded = {
    "not-json": "{not json",
    image: '{"container":{"image":"no-url"}}',
    binary: Uint8Array.of(255, 254),
  };
  for (const [taskId, said] of Object.entries(heeded)) {
    const data = typeof said === "string" ? new TextEncoder().encode(said) : said;
    const task: TestTask = { info: { data }, words, describedBy: "info and words" };
    assert.equal(await finish(cluster, task, taskId), "argv\n");
    assert.match(await cluster.sandboxText(taskId, "stderr"), /warn: .*not heeded/, taskId);
  }
});

testOnDocker("a task that nobody gives an image fails and says what could", async (bench) => {
  await using cluster = await openTestCluster(bench);
  cluster.launch("task", toLegacy({ container: null }, []));
  const { message } = await cluster.book.end("task");
  assert.match(message, /^No image: set container\.docker\.image in TaskInfo, .*IMAGE as its first argument$/);
});
