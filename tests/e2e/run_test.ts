import assert from "node:assert/strict";
import { mkdtemp, readdir, readFile, readlink, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { testOnDocker } from "./cases.ts";
import type { RunningCommand } from "./command.ts";
import { eventually } from "./eventually.ts";
import { findOwnPorts } from "./own_ports.ts";
import { openRunBench } from "./run_bench.ts";

/** The lines that `run` itself wrote, without the names of its tasks. */
function statusLines(stderr: string, name: string): string[] {
  const lines = stderr.split("\n").filter((line) => line.startsWith("mesos-docker: "));
  return lines.map((line) => line.replace(`mesos-docker: ${name}.`, ""));
}

testOnDocker("run passes on output and exit code of its container", async (docker) => {
  await using bench = await openRunBench(docker);
  const { end, stdout, stderr } = await bench.run({ shell: "echo out; echo err >&2; sleep 0.2; exit 3" });
  assert.equal(end, 3);
  assert.equal(stdout, "out\n");
  assert.deepEqual(statusLines(stderr, bench.name), [
    "1: TASK_STARTING",
    "1: TASK_RUNNING",
    "1: TASK_FAILED, Container exited with status 3; stderr ends with:",
  ]);
  assert.match(stderr, /^err$/m);
});

for (const [name, ...words] of [["bun"], ["deno", "run", "-A"]] as const) {
  testOnDocker(`run does the same from its source under ${name}`, async (docker) => {
    await using bench = await openRunBench(docker);
    const root = fileURLToPath(new URL("../..", import.meta.url));
    const program = [join(root, "node_modules/.bin", name), ...words, join(root, "src/main.ts")];
    const { end, stdout } = await bench.run({ program, shell: "echo out; exit 3" });
    assert.equal(end, 3);
    assert.equal(stdout, "out\n");
  });
}

for (const [shell, code] of [
  ["true", 0],
  ["exit 255", 255],
  ["sh -c 'kill -KILL $$'; exit $?", 137],
] as const) {
  testOnDocker(`run ends with its container's ${code}`, async (docker) => {
    await using bench = await openRunBench(docker);
    assert.equal((await bench.run({ shell })).end, code);
  });
}

testOnDocker("run passes on 1 MiB byte by byte", async (docker) => {
  await using bench = await openRunBench(docker);
  const { end, stdout } = await bench.run({ shell: "seq 100000 999999 | head -c 1048576" });
  const lines = Array.from({ length: 2 ** 20 / 7 + 1 }, (_, index) => `${100_000 + index}\n`);
  assert.equal(end, 0);
  assert.ok(stdout === lines.join("").slice(0, 2 ** 20), `stdout is as it was written: ${stdout.length} bytes`);
});

/** What the container says to whoever connects to a port of the host. */
async function ask(port: number): Promise<string> {
  return await eventually(`an answer at ${port}`, async () => {
    const said = await text(connect(port, "127.0.0.1")).catch(() => "");
    return said !== "" && said;
  });
}

/** The host ports that `run` has named. */
async function publishedPorts(command: RunningCommand, count: number): Promise<number[]> {
  return await eventually("the published ports", () => {
    const found = [...command.stderr.matchAll(/port 80\/tcp is 127\.0\.0\.1:(\d+)/g)].map(([, port]) => Number(port));
    return found.length === count && found;
  });
}

testOnDocker("--port publishes a port of each instance, and says where", async (docker) => {
  await using bench = await openRunBench(docker);
  const shell = "while true; do echo $MESOS_CONTAINER_NAME | nc -l -p 80; done";
  const command = bench.start({ flags: ["--port", "80", "--instances", "2", "--grace", "0"], shell });
  const answers = await Promise.all((await publishedPorts(command, 2)).map(ask));
  assert.deepEqual(answers.map((answer) => answer.replace(/-[0-9a-f]+\n$/, "")).sort(), [
    `task-${bench.name}.1`,
    `task-${bench.name}.2`,
  ]);
  command.interrupt("SIGINT");
  assert.equal((await command.result).end, 137);
});

testOnDocker("--port takes the host's port that it is given", async (docker) => {
  const [port = 0] = await findOwnPorts(1);
  await using bench = await openRunBench(docker);
  const shell = "while true; do echo here | nc -l -p 80; done";
  const command = bench.start({ flags: ["--port", `${port}:80`, "--grace", "0"], shell });
  assert.deepEqual(await publishedPorts(command, 1), [port]);
  assert.equal(await ask(port), "here\n");
  command.interrupt("SIGINT");
  await command.result;
});

testOnDocker("--env reaches the container, and never the executor", async (docker) => {
  await using bench = await openRunBench(docker);
  const variables = [
    "A=x=y",
    "DOCKER_HOST=tcp://nowhere:1",
    "MESOS_EXECUTOR_ID=other",
    "BUN_OPTIONS=--bad",
    "PATH=/bin",
  ];
  const flags = variables.flatMap((variable) => ["--env", variable]);
  const { end, stdout } = await bench.run({ flags, shell: "env" });
  assert.equal(end, 0);
  for (const variable of variables) assert.ok(stdout.split("\n").includes(variable), `${variable} in ${stdout}`);
});

testOnDocker("--volume mounts a folder, and :ro keeps it from being written to", async (docker) => {
  const folder = await mkdtemp(join(tmpdir(), "mesos-docker-volume-"));
  try {
    await using bench = await openRunBench(docker);
    const flags = ["--volume", `${folder}:/rw`, "--volume", `${folder}:/ro:ro`];
    const { end, stderr } = await bench.run({
      flags,
      shell: "echo kept > /rw/file; cat /ro/file; echo no > /ro/other",
    });
    assert.equal(end, 1);
    assert.match(stderr, /Read-only file system/);
    assert.equal(await readFile(join(folder, "file"), "utf8"), "kept\n");
    assert.deepEqual(await readdir(folder), ["file"]);
  } finally {
    await rm(folder, { recursive: true });
  }
});

testOnDocker("--network none and host are what they say", async (docker) => {
  await using bench = await openRunBench(docker);
  const shell = "readlink /proc/self/ns/net; ls /sys/class/net | grep -vc '^lo$'";
  const own = await readlink("/proc/self/ns/net");
  const none = await bench.run({ flags: ["--network", "none"], shell });
  assert.match(none.stdout, /^net:\[\d+\]\n0\n$/);
  assert.ok(!none.stdout.includes(own), none.stdout);
  const host = await bench.run({ flags: ["--network", "host"], shell });
  assert.ok(host.stdout.startsWith(`${own}\n`), host.stdout);
});

testOnDocker("--instances runs several, marks their lines, and ends with the first bad exit code", async (docker) => {
  await using bench = await openRunBench(docker);
  const shell = "echo one; echo two; case $MESOS_CONTAINER_NAME in *.2-*) exit 7;; esac";
  const { end, stdout, stderr } = await bench.run({ flags: ["--instances", "3"], shell });
  assert.equal(end, 7);
  const lines = [1, 2, 3].flatMap((number) => [`${bench.name}.${number} | one`, `${bench.name}.${number} | two`]);
  assert.deepEqual(stdout.trimEnd().split("\n").sort(), lines);
  const ends = statusLines(stderr, bench.name).filter((line) => /FINISHED|FAILED/.test(line));
  assert.deepEqual(ends.sort(), [
    "1: TASK_FINISHED, Container exited with status 0",
    "2: TASK_FAILED, Container exited with status 7",
    "3: TASK_FINISHED, Container exited with status 0",
  ]);
});

testOnDocker("--work-dir keeps the sandboxes", async (docker) => {
  const folder = await mkdtemp(join(tmpdir(), "mesos-docker-work-"));
  try {
    await using bench = await openRunBench(docker);
    const flags = ["--work-dir", join(folder, "made")];
    assert.equal((await bench.run({ flags, shell: "echo kept > $MESOS_SANDBOX/file; echo said" })).end, 0);
    const files = await readdir(folder, { recursive: true });
    const latest = files.find((path) => path.endsWith(`executors/${bench.name}.1/runs/latest`));
    assert.ok(latest, files.join());
    assert.equal(await readFile(join(folder, latest, "file"), "utf8"), "kept\n");
    assert.equal(await readFile(join(folder, latest, "stdout"), "utf8"), "said\n");
  } finally {
    await rm(folder, { recursive: true });
  }
});
