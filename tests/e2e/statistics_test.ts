import assert from "node:assert/strict";
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
