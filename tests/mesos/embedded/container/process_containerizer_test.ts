import assert from "node:assert/strict";
import { chownSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { type TestContext, test } from "node:test";
import { setTimeout as wait } from "node:timers/promises";
import { toExecutor } from "../../../../src/mesos/embedded/messages.ts";
import { type Container, type ContainerSpec, processContainerizer } from "../../../../src/mesos/embedded/mod.ts";

const { signal } = new AbortController();

function toSpec(context: TestContext, command: object, extra: Partial<ContainerSpec> = {}): ContainerSpec {
  const sandbox = mkdtempSync(join(tmpdir(), "process-"));
  context.after(() => rmSync(sandbox, { recursive: true, force: true }));
  const executor = toExecutor({ executorId: { value: "ex" }, command });
  const environment = { PATH: "/usr/bin:/bin", MARK: "here" };
  return { containerId: "c-1", command: executor.command!, environment, sandbox, ...extra };
}

function said(spec: ContainerSpec, file: "stdout" | "stderr" = "stdout"): string {
  return readFileSync(join(spec.sandbox, file), "utf8");
}

async function run(spec: ContainerSpec): Promise<Awaited<Container["exited"]>> {
  return await (await processContainerizer.launch(spec, { signal })).exited;
}

test("launch() runs a shell command in the sandbox, with exactly its environment and no input", async (context) => {
  const spec = toSpec(context, { value: "env | sort; pwd; cat; echo bad >&2; exit 3" });
  assert.deepEqual(await run(spec), { kind: "code", code: 3 });
  assert.equal(said(spec), `MARK=here\nPATH=/usr/bin:/bin\nPWD=${spec.sandbox}\n${spec.sandbox}\n`);
  assert.equal(said(spec, "stderr"), "bad\n");
});

test("launch() adds to stdout and stderr that are there", async (context) => {
  const spec = toSpec(context, { value: "echo second" });
  writeFileSync(join(spec.sandbox, "stdout"), "first\n");
  await run(spec);
  assert.equal(said(spec), "first\nsecond\n");
});

test("launch() executes a file with its arguments, the first of which is its name", async (context) => {
  const args = ["my name", "-c", 'tr "\\0" "|" < /proc/$$/cmdline', "x"];
  const spec = toSpec(context, { shell: false, value: "/bin/sh", arguments: args });
  assert.deepEqual(await run(spec), { kind: "code", code: 0 });
  assert.equal(said(spec), `${args.join("|")}|`);
});

test("launch() finds a file in the PATH of its environment", async (context) => {
  const spec = toSpec(context, { shell: false, value: "echo", arguments: ["echo", "found"] });
  assert.deepEqual(await run(spec), { kind: "code", code: 0 });
  assert.equal(said(spec), "found\n");
});

test("launch() turns a file that cannot be executed into an exit, as a fork does", async (context) => {
  const spec = toSpec(context, { shell: false, value: "/no/such/file" });
  const container = await processContainerizer.launch(spec, { signal });
  assert.equal(container.pid, undefined);
  container.destroy();
  assert.deepEqual(await container.exited, { kind: "code", code: 1 });
  assert.match(said(spec, "stderr"), /^Failed to execute '\/no\/such\/file': .+\n$/);
});

test("launch() makes the process the leader of a session of its own", async (context) => {
  const spec = toSpec(context, { value: "ps -o pid=,pgid=,sid= -p $$" });
  const container = await processContainerizer.launch(spec, { signal });
  await container.exited;
  const ids = said(spec).trim().split(/\s+/).map(Number);
  assert.deepEqual(ids, [container.pid, container.pid, container.pid]);
});

test("destroy() kills the whole process group", async (context) => {
  const spec = toSpec(context, { value: "sleep 1000 & echo $!; wait" });
  const container = await processContainerizer.launch(spec, { signal });
  while (!existsSync(join(spec.sandbox, "stdout")) || said(spec) === "") await wait(5);
  container.destroy();
  assert.deepEqual(await container.exited, { kind: "signal", signal: "SIGKILL" });
  await isGone(Number(said(spec)));
  container.destroy();
});

test("launch() kills what the leader left behind when it ended", async (context) => {
  const spec = toSpec(context, { value: "sleep 1000 & echo $!" });
  assert.deepEqual(await run(spec), { kind: "code", code: 0 });
  await isGone(Number(said(spec)));
});

test("launch() switches to the user that it is given", { skip: process.getuid?.() !== 0 }, async (context) => {
  const spec = toSpec(context, { value: "id -u; id -g; stat -c %u stdout" }, { user: { uid: 65_534, gid: 65_534 } });
  chownSync(spec.sandbox, 65_534, 65_534);
  assert.deepEqual(await run(spec), { kind: "code", code: 0 });
  assert.equal(said(spec), "65534\n65534\n65534\n");
});

test("launch() fetches before it forks, and forks nothing when that fails", async (context) => {
  const fetching = toSpec(context, {
    value: "./tool",
    uris: [{ value: "/bin/true", executable: true, outputFile: "tool" }],
  });
  assert.deepEqual(await run(fetching), { kind: "code", code: 0 });
  const failing = toSpec(context, { value: "echo ran", uris: [{ value: "/no/such/file" }] });
  await assert.rejects(processContainerizer.launch(failing, { signal }), /^Error: Failed to fetch all URIs/);
  assert.equal(existsSync(join(failing.sandbox, "stdout")), false);
});

test("launch() does not fork any more once it is aborted", async (context) => {
  const spec = toSpec(context, { value: "echo ran" });
  const aborted = AbortSignal.abort(new Error("destroyed meanwhile"));
  await assert.rejects(processContainerizer.launch(spec, { signal: aborted }), /destroyed meanwhile/);
  assert.equal(existsSync(join(spec.sandbox, "stdout")), false);
});

/** Waits until a process is no more; zombies of a container's first process do not count as alive. */
async function isGone(pid: number): Promise<void> {
  assert.ok(pid > 1);
  for (let turn = 0; turn < 200; turn++) {
    try {
      if (/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"))) return;
    } catch {
      return;
    }
    await wait(10);
  }
  assert.fail(`process ${pid} still lives`);
}
