import assert from "node:assert/strict";
import { existsSync, readdirSync, statSync } from "node:fs";
import { mkdir, readdir, readFile, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { isTerminal } from "../../src/cluster/task_end.ts";
import type { ExecutorInit } from "../../src/mesos/embedded/mod.ts";
import { TaskState, type TaskStatus } from "../../src/mesos/protocol.ts";
import { readGenerations } from "../executor/output/sandbox.ts";
import { type DockerBench, testOnDocker } from "./cases.ts";
import { eventually } from "./eventually.ts";
import { openRunBench } from "./run_bench.ts";
import { openTestCluster, type TestCluster } from "./test_cluster.ts";
import { toExecutor, toTask } from "./test_task.ts";

const bytes = 2 ** 20;

/** What `seq first | head -c bytes` writes, whose last line is cut off. */
function numbersFrom(first: number): string {
  const lines = Array.from({ length: bytes / 7 + 1 }, (_, index) => `${first + index}\n`);
  return lines.join("").slice(0, bytes);
}

const writesMuch = `seq 100000 999999 | head -c ${bytes} & seq 500000 999999 | head -c ${bytes} >&2; wait`;

for (const [code, state] of [
  [0, TaskState.TASK_FINISHED],
  [1, TaskState.TASK_FAILED],
] as const) {
  testOnDocker(`1 MiB on both streams is in the sandbox when a task ends with ${code}`, async (bench) => {
    await using cluster = await openTestCluster(bench);
    cluster.launch("loud", { shell: `${writesMuch}; exit ${code}` });
    const end = await cluster.book.end("loud");
    // Read before the executor has ended: all has to be there when the status is (contract, case 29).
    const [stdout, stderr] = [await cluster.sandboxText("loud", "stdout"), await cluster.sandboxText("loud", "stderr")];
    assert.equal(end.state, state);
    assert.ok(stdout === numbersFrom(100_000), `stdout is as it was written: ${stdout.length} bytes`);
    assert.ok(stderr === numbersFrom(500_000), `stderr is as it was written: ${stderr.length} bytes`);
  });
}

testOnDocker("bytes that are no text, and no output at all, stay what they are", async (bench) => {
  await using cluster = await openTestCluster(bench);
  cluster.launch("silent", { shell: "true" });
  cluster.launch("binary", { shell: "printf '\\000\\377\\200\\r\\n' ; printf 'no end' >&2" });
  await cluster.book.end("silent");
  await cluster.book.end("binary");
  assert.deepEqual([...(await cluster.sandboxBytes("binary", "stdout"))], [0, 255, 128, 13, 10]);
  assert.equal(await cluster.sandboxText("binary", "stderr"), "no end");
  assert.equal(await cluster.sandboxText("silent", "stdout"), "");
  assert.equal(await cluster.sandboxText("silent", "stderr"), "");
});

testOnDocker("a killed container's last words are in the sandbox", async (bench) => {
  await using cluster = await openTestCluster(bench);
  const shell = "trap 'echo dying; echo still >&2; exit 0' TERM; echo ready; while true; do sleep 0.1; done";
  await cluster.run("dying", { shell, graceMs: 20_000 });
  cluster.kill("dying");
  await cluster.book.end("dying");
  assert.equal(await cluster.sandboxText("dying", "stdout"), "ready\ndying\n");
  assert.equal(await cluster.sandboxText("dying", "stderr"), "still\n");
});

/** A task whose document limits its files of output. */
interface LimitedTask {
  shell: string;
  logs: { maxSize: string | number; maxFiles?: number };
  /** One of the task's own unless given. */
  executor?: ExecutorInit;
  /** In MB; rotated files count. */
  disk?: number;
}

/** Launches a task that says in TaskInfo.data how large its files may become. */
function launchLimited(cluster: TestCluster, bench: DockerBench, taskId: string, task: LimitedTask): ExecutorInit {
  const { shell, logs, disk = 64 } = task;
  const { agent, frameworkId } = cluster;
  const executor = task.executor ?? toExecutor(taskId, { shell }, agent, bench);
  const document = { mesosDocker: 1, command: ["sh", "-c", shell], logs };
  agent.launch(frameworkId, {
    ...toTask(taskId, { shell }, { agent, bench, executor }),
    resources: agent.allocate({ cpus: 0.1, mem: 64, disk }),
    data: new TextEncoder().encode(JSON.stringify(document)),
  });
  return executor;
}

/** `count` lines of 100 bytes, as awk's `printf "%099d\\n"` writes them. */
function wideLines(count: number): string {
  return Array.from({ length: count }, (_, index) => `${String(index).padStart(99, "0")}\n`).join("");
}

const writesWideLines = (count: number) => `awk 'BEGIN { for (i = 0; i < ${count}; i++) printf "%099d\\n", i }'`;

/** The terminal status of a task that writes much: waited for as long as its output grows, which a busy machine makes slow. */
async function endOfWriter(cluster: TestCluster, taskId: string): Promise<TaskStatus> {
  const folder = dirname(cluster.sandboxPath(taskId, "stdout"));
  for (let seen = 0; ; ) {
    const news = await eventually(`more output of ${taskId}, or its end`, () => {
      const written = countBytes(folder);
      return cluster.book.statuses(taskId).find(isTerminal) ?? (written > seen && written);
    });
    if (typeof news !== "number") return news;
    seen = news;
  }
}

/** Bytes of all files in a folder; files are renamed meanwhile. */
function countBytes(folder: string): number {
  const names = existsSync(folder) ? readdirSync(folder) : [];
  return names.reduce((sum, name) => sum + (statSync(join(folder, name), { throwIfNoEntry: false })?.size ?? 0), 0);
}

testOnDocker("100 MiB go through eleven files of 10 MiB, and every byte is there when the task ends", async (bench) => {
  await using cluster = await openTestCluster(bench);
  const count = 2 ** 20;
  const shell = `${writesWideLines(count)} & seq 500000 999999 | head -c ${bytes} >&2; wait`;
  launchLimited(cluster, bench, "huge", { shell, logs: { maxSize: "10m", maxFiles: 11 }, disk: 512 });
  const end = await endOfWriter(cluster, "huge");
  const folder = dirname(cluster.sandboxPath("huge", "stdout"));
  const [stdout, stderr] = [await readGenerations(folder, "stdout"), await readGenerations(folder, "stderr")];
  assert.equal(end.state, TaskState.TASK_FINISHED);
  const sizes = stdout.map((text) => text.length);
  assert.equal(sizes.length, 11);
  for (const size of sizes.slice(0, -1)) assert.ok(size > 10_485_660 && size <= 10_485_760, `a file has ${size} bytes`);
  assert.ok(stdout.join("") === wideLines(count), `stdout is as it was written: ${sizes.join("+")} bytes`);
  assert.equal(stderr.length, 1);
  assert.ok(stderr[0] === numbersFrom(500_000), `stderr is as it was written: ${stderr[0]?.length} bytes`);
});

testOnDocker("only the last files are kept, of each task of an executor its own", async (bench) => {
  await using cluster = await openTestCluster(bench);
  const shell = `${writesWideLines(1000)} | tee /dev/stderr; until [ -e /mnt/mesos/sandbox/go ]; do sleep 0.1; done`;
  const executor = launchLimited(cluster, bench, "first", { shell, logs: { maxSize: 1000, maxFiles: 3 } });
  await cluster.book.reach("first", TaskState.TASK_RUNNING);
  launchLimited(cluster, bench, "second", { shell, logs: { maxSize: "2000b" }, executor });
  await cluster.book.reach("second", TaskState.TASK_RUNNING);
  await cluster.writeSandbox("first", "go");
  for (const task of ["first", "second"]) await cluster.book.end(task);
  const lines = wideLines(1000);
  const own = dirname(cluster.sandboxPath("first", "stdout"));
  for (const name of ["stdout", "stderr"]) {
    assert.deepEqual(
      await readGenerations(own, name),
      [-3000, -2000, -1000].map((at) => lines.slice(at).slice(0, 1000)),
    );
    const second = await readGenerations(join(own, "tasks", "second"), name);
    assert.deepEqual(second, [lines.slice(-4000, -2000), lines.slice(-2000)]);
  }
});

testOnDocker("a link that the container lays where its output is put aside leads nowhere", async (bench) => {
  await using cluster = await openTestCluster(bench);
  const outside = cluster.folder("outside");
  await mkdir(outside);
  await writeFile(join(outside, "victim"), "untouched");
  const lay = ["stdout.1", "stdout.2", ".stdout.next"].map((name) => `ln -s ${outside}/victim ${name}`).join("; ");
  const replace = `rm stdout; ln -s ${outside}/victim stdout`;
  const shell = `cd /mnt/mesos/sandbox; ${lay}; ${replace}; ${writesWideLines(100)}`;
  launchLimited(cluster, bench, "hostile", { shell, logs: { maxSize: 1000, maxFiles: 3 } });
  assert.equal((await cluster.book.end("hostile")).state, TaskState.TASK_FINISHED);
  assert.deepEqual(await readdir(outside), ["victim"]);
  assert.equal(await readFile(join(outside, "victim"), "utf8"), "untouched");
  const stdout = cluster.sandboxPath("hostile", "stdout");
  assert.equal(await readFile(stdout, "utf8"), wideLines(100).slice(-1000));
  assert.equal((await stat(stdout)).mode & 0o777, 0o644);
});

testOnDocker("the last lines of stderr are in the message of a task that failed", async (bench) => {
  await using cluster = await openTestCluster(bench);
  cluster.launch("failed", { shell: "echo fine; echo 'cannot open the door' >&2; exit 3" });
  const { message } = await cluster.book.end("failed");
  assert.match(message ?? "", /cannot open the door$/);
  assert.doesNotMatch(message ?? "", /fine/);
});

testOnDocker("run shows every byte of a container whose files are rotated", async (bench) => {
  await using run = await openRunBench(bench);
  const flags = ["--log-size", "1m", "--log-files", "100"];
  const { end, stdout } = await run.run({ flags, shell: writesWideLines(100_000) });
  assert.equal(end, 0);
  assert.ok(stdout === wideLines(100_000), `stdout is as it was written: ${stdout.length} bytes`);
});
