import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { mkdir, readFile, stat } from "node:fs/promises";
import { totalmem } from "node:os";
import { testOnDocker } from "./cases.ts";
import { openTestCluster } from "./test_cluster.ts";

/** Hosts with cgroup v2 alone show other files and other units. */
const hasCgroupV1 = existsSync("/sys/fs/cgroup/memory");

testOnDocker("a container finds the limits of its task", async (bench) => {
  await using cluster = await openTestCluster(bench);
  const files = hasCgroupV1
    ? ["cpu/cpu.shares", "cpu/cpu.cfs_quota_us", "memory/memory.limit_in_bytes"]
    : ["memory.max", "cpu.max"];
  const shell = `cd /sys/fs/cgroup; for file in ${files.join(" ")}; do cat $file; done`;
  cluster.launch("small", { shell, cpus: 0.5, mem: 48 });
  cluster.launch("tiny", { shell, cpus: 0.001, mem: 4 });
  await cluster.book.end("small");
  await cluster.book.end("tiny");
  const v1 = [`512\n-1\n${48 * 2 ** 20}\n`, `2\n-1\n${32 * 2 ** 20}\n`];
  const v2 = [`${48 * 2 ** 20}\nmax 100000\n`, `${32 * 2 ** 20}\nmax 100000\n`];
  const found = [await cluster.sandboxText("small", "stdout"), await cluster.sandboxText("tiny", "stdout")];
  assert.deepEqual(found, hasCgroupV1 ? v1 : v2);
});

testOnDocker("limits above the request become a quota, a hard limit and a score", async (bench) => {
  await using cluster = await openTestCluster(bench);
  const files = hasCgroupV1
    ? ["cpu/cpu.cfs_quota_us", "memory/memory.limit_in_bytes", "memory/memory.soft_limit_in_bytes"]
    : ["cpu.max", "memory.max", "memory.low"];
  const shell = `cat /proc/self/oom_score_adj; cd /sys/fs/cgroup; for file in ${files.join(" ")}; do cat $file; done`;
  cluster.launch("burst", { shell, cpus: 0.5, mem: 64, limits: { cpus: 2, mem: 128 } });
  await cluster.book.end("burst");
  const score = 1000 - Math.floor((1000 * 64 * 2 ** 20) / totalmem());
  const quota = hasCgroupV1 ? "200000" : "200000 100000";
  const expected = `${score}\n${quota}\n${128 * 2 ** 20}\n${64 * 2 ** 20}\n`;
  assert.equal(await cluster.sandboxText("burst", "stdout"), expected);
});

testOnDocker("a container's environment is the framework's, and nothing of the executor's", async (bench) => {
  await using cluster = await openTestCluster(bench, {
    authentication: "token",
    executorEnvironment: { OPERATOR_CANARY: "seen", LIBPROCESS_SSL_ENABLED: "0" },
  });
  const environment = { PORT0: "31000", A: "x=y", B: "one\ntwo", C: "Grüße 🐳", EMPTY: "" };
  cluster.launch("env", { shell: "cat /proc/1/environ; true", environment });
  await cluster.book.end("env");
  const entries = (await cluster.sandboxText("env", "stdout")).split("\0").filter((entry) => entry !== "");
  const found = Object.fromEntries(entries.map((entry) => [entry.split("=", 1)[0], entry.replace(/^[^=]*=/, "")]));
  // The first three are the image's and the daemon's.
  const { PATH, HOSTNAME, HOME, MESOS_CONTAINER_NAME, ...rest } = found;
  assert.deepEqual(rest, { ...environment, MESOS_SANDBOX: "/mnt/mesos/sandbox", MESOS_ALLOCATION_ROLE: "*" });
  assert.match(MESOS_CONTAINER_NAME ?? "", /^task-env-/);
});

testOnDocker("the sandbox and other volumes are mounted, and can be written to", async (bench) => {
  await using cluster = await openTestCluster(bench);
  const shared = cluster.folder("shared");
  await mkdir(shared);
  const shell = `
    test -x /mnt/mesos/sandbox/mesos-docker || exit 1
    echo made > /mnt/mesos/sandbox/made && echo kept > /shared/kept && echo relative > /mnt/mesos/sandbox/data/file`;
  const volumes = [
    { hostPath: shared, containerPath: "/shared" },
    { hostPath: cluster.folder("data"), containerPath: "data" },
  ];
  cluster.launch("writer", { shell, volumes });
  const end = await cluster.book.end("writer");
  assert.equal(end.message, "Container exited with status 0");
  assert.equal(await cluster.sandboxText("writer", "made"), "made\n");
  assert.equal(await readFile(`${shared}/kept`, "utf8"), "kept\n");
  assert.equal(await readFile(`${cluster.folder("data")}/file`, "utf8"), "relative\n");
  assert.ok((await stat(cluster.sandboxPath("writer", "made"))).isFile());
});
