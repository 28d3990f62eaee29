import assert from "node:assert/strict";
import { readdirSync, statSync } from "node:fs";
import { get } from "node:http";
import { openTemporaryFolder } from "../executor/temporary_folder.ts";
import { testOnDocker } from "./cases.ts";
import { eventually } from "./eventually.ts";
import { openTestCluster } from "./test_cluster.ts";

/** Uses its quota of a fifth of a cpu up, in more than one process. */
const busy = "sleep 1000 & while :; do :; done";

testOnDocker("a framework learns by a message what a task uses", async (bench) => {
  await using cluster = await openTestCluster(bench);
  await cluster.run("busy", { shell: busy, cpus: 0.2, mem: 32, limits: { cpus: 0.2 }, graceMs: 0 });
  const say = (text: string) => cluster.agent.message(cluster.frameworkId, "busy", new TextEncoder().encode(text));
  await eventually("cpu time is told, and throttling", () => {
    say('{"mesosDocker":1,"stats":{"task":"busy"}}');
    const { reply } = JSON.parse(cluster.book.messages("busy").at(-1) ?? "{}");
    const statistics = reply?.stats.statistics ?? {};
    return statistics.cpus_user_time_secs > 0 && statistics.cpus_nr_throttled > 0;
  });
  const { stats } = JSON.parse(cluster.book.messages("busy").at(-1) ?? "").reply;
  assert.equal(stats.task, "busy");
  assert.equal(stats.statistics.mem_limit_bytes, 32 * 2 ** 20);
  assert.equal(stats.statistics.cpus_limit, 0.2);
  assert.equal(stats.statistics.mem_oom_events, 0);
  assert.ok(stats.statistics.processes >= 2 && stats.statistics.threads >= 2);
  assert.ok(stats.statistics.mem_total_bytes > 0);
  cluster.kill("busy");
  await cluster.book.end("busy");
});

testOnDocker("an executor keeps a file of what its tasks use, and shows it to Prometheus", async (bench) => {
  await using folder = await openTemporaryFolder();
  const executorEnvironment = {
    MESOS_DOCKER_STATISTICS_INTERVAL: "100ms",
    MESOS_DOCKER_METRICS: `unix:${folder.path}/{container_id}.sock`,
  };
  await using cluster = await openTestCluster(bench, { executorEnvironment });
  await cluster.run("one", { executorId: "both", shell: busy, mem: 32, graceMs: 0 });
  await cluster.run("two", { executorId: "both", shell: busy, mem: 48, graceMs: 0 });
  const readTasks = async () => JSON.parse(await cluster.sandboxText("both", "statistics.json")).tasks;
  await cluster.sandboxSays("both", "statistics.json", /"two"/);
  assert.deepEqual(
    Object.entries<Record<string, number>>(await readTasks()).map(([id, used]) => [id, used.mem_limit_bytes]),
    [
      ["one", 32 * 2 ** 20],
      ["two", 48 * 2 ** 20],
    ],
  );
  assert.equal(statSync(cluster.sandboxPath("both", "statistics.json")).mode & 0o777, 0o644);

  const sockets = readdirSync(folder.path);
  const text = await scrape(folder.at(sockets[0] ?? ""));
  assert.match(text, /^mesos_docker_tasks\{phase="running"\} 2$/m);
  assert.match(text, /^mesos_docker_task_memory_limit_bytes\{task="two"\} 50331648$/m);
  assert.match(text, /^mesos_docker_task_cpu_seconds_total\{task="one",mode="user"\} \d/m);

  for (const taskId of ["one", "two"]) cluster.kill(taskId);
  await cluster.book.exit("both");
  assert.deepEqual(Object.keys(await readTasks()).toSorted(), ["one", "two"], "what they used last stays");
  assert.deepEqual(readdirSync(folder.path), []);
});

function scrape(socketPath: string): Promise<string> {
  return new Promise((resolve, reject) => {
    get({ socketPath, path: "/metrics", agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        text += chunk;
      });
      response.on("end", () => resolve(text));
    }).on("error", reject);
  });
}
