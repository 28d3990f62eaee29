import assert from "node:assert/strict";
import { TaskState } from "../../src/mesos/protocol.ts";
import { testOnDocker } from "./cases.ts";
import { openTestCluster } from "./test_cluster.ts";

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
