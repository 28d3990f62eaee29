import assert from "node:assert/strict";
import process from "node:process";
import { sleep, systemClock } from "../../src/runtime/clock.ts";
import { seededRandom } from "../fakes/seeded_random.ts";
import { testOnDocker } from "./cases.ts";
import { openRunBench } from "./run_bench.ts";
import { openTestCluster } from "./test_cluster.ts";
const seed = Number(process.env.SEED ?? 1);
testOnDocker("ctrl-c stress", async (docker) => {
  await using bench = await openRunBench(docker);
  const random = seededRandom(seed);
  const tally = {};
  for (let round = 0; round < 12; round++) {
    const ends = Array.from({ length: 4 }, async () => {
      const sig = ["SIGINT","SIGTERM","SIGHUP"][Math.floor(random()*3)];
      const a = random()*1800, b = random()*400, n = Math.floor(random()*3);
      const shell = random() < 0.5 ? "sleep 300" : "echo x; sleep 0.3; exit 4";
      const command = bench.start({ flags: ["--grace", "1", "--network", random() < 0.5 ? "none" : "bridge", "--instances", random() < 0.3 ? "2" : "1"], shell });
      await sleep(systemClock, a);
      for (let i = 0; i <= n && command.isRunning; i++) { command.interrupt(sig); await sleep(systemClock, b); }
      const r = await command.result;
      if (/\n\s+at |Error/.test(r.stderr) ) console.log("STDERR", r.end, r.stderr);
      tally[r.end] = (tally[r.end] ?? 0) + 1;
      return r.end;
    });
    await Promise.all(ends);
    const l = await bench.leftovers();
    assert.deepEqual(l, { containers: 0, processes: 0 });
  }
  console.log(JSON.stringify(tally));
});
testOnDocker("executor signal stress", async (docker) => {
  const random = seededRandom(seed + 1000);
  await using cluster = await openTestCluster(docker, { shutdownGraceMs: 20000 });
  const tally = {};
  for (let round = 0; round < 8; round++) {
    await Promise.all(Array.from({ length: 4 }, async (_, i) => {
      const id = `t${round}-${i}`;
      const a = random()*1500, n = Math.floor(random()*3), how = Math.floor(random()*3);
      cluster.launch(id, { shell: random() < 0.5 ? "sleep 300" : "echo x; sleep 0.3; exit 4", graceMs: 500, mem: 32 });
      await sleep(systemClock, a);
      for (let k = 0; k <= n; k++) {
        try {
          if (how === 0) cluster.kill(id);
          if (how === 1) cluster.agent.shutdownExecutor(cluster.frameworkId, id);
          if (how === 2) { const pid = cluster.book.statuses(id)[0]?.containerStatus?.executorPid; if (pid) process.kill(pid, "SIGTERM"); else cluster.kill(id, 0); }
        } catch (e) { if (!/ESRCH|unknown|no such|does not/i.test(String(e))) console.log(String(e)); }
        await sleep(systemClock, 100);
      }
      if (how === 2) await sleep(systemClock, 50);
      setTimeout(() => { try { cluster.kill(id, 0); } catch {} }, 3000);
      const end = await cluster.book.end(id); const x = await cluster.book.exit(id);
      const key = `${["kill","shutdown","term"][how]} ${cluster.book.states(id).join(">")} ${JSON.stringify(x.exit)}`;
      tally[key] = (tally[key] ?? 0) + 1;
    }));
  }
  console.log(JSON.stringify(tally, null, 1));
});
