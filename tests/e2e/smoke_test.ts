import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import process from "node:process";
import { fileURLToPath } from "node:url";
import manifest from "../../package.json" with { type: "json" };
import { type Fixture, openFixture } from "../fakes/own_runtime.ts";
import { testOnBinary } from "./cases.ts";
import { type CommandOptions, type CommandResult, runCommand } from "./command.ts";

/** Variables of an agent, so few that the executor names those that are missing. */
const someOfAnAgent = { MESOS_FRAMEWORK_ID: "f", MESOS_EXECUTOR_ID: "e" };

/**
 * A folder such as a task's URIs could fill: Bun's own binaries would load both files from it and run what the second
 * names.
 */
async function openHostileFolder(): Promise<Fixture> {
  const folder = await openFixture();
  await folder.write(".env", "MESOS_DOCKER_LOG=nonsense\nDOCKER_HOST=nonsense\nMESOS_SLAVE_PID=from-dotenv\n");
  await folder.write("bunfig.toml", 'preload = ["./preload.ts"]\n[run]\nbun = true\n');
  await folder.write("preload.ts", 'import { writeFileSync } from "node:fs";\nwriteFileSync("canary", "acted");\n');
  await folder.write("package.json", "{ not json");
  await folder.write("tsconfig.json", "{ not json");
  return folder;
}

/** Runs the program in a hostile folder with a temporary folder of its own, and looks at what is in both afterwards. */
async function runInHostileFolder(words: readonly string[], options: CommandOptions = {}): Promise<CommandResult> {
  await using folder = await openHostileFolder();
  await using temporary = await openFixture();
  const before = await readdir(folder.path);
  const env = { TMPDIR: temporary.path, BUN_TMPDIR: temporary.path, ...options.env };
  const result = await runCommand(words, { ...options, cwd: folder.path, env });
  assert.deepEqual(await readdir(folder.path), before, "the working directory is as it was");
  assert.deepEqual(await readdir(temporary.path), [], "the temporary directory is empty");
  assert.doesNotMatch(result.stdout + result.stderr, /nonsense|from-dotenv|acted/);
  return result;
}

testOnBinary("the program's version is its manifest's, whatever lies in its directory", async (binary) => {
  for (const word of ["version", "--version", "-V"]) {
    const result = await runInHostileFolder([binary, word]);
    assert.deepEqual(result, { end: 0, stdout: `${manifest.version}\n`, stderr: "" });
  }
});

testOnBinary("the program tells how it is used, and ends with 0", async (binary) => {
  for (const words of [[], ["help"], ["--help"], ["-h"]]) {
    const { end, stdout, stderr } = await runInHostileFolder([binary, ...words]);
    assert.equal(end, 0);
    assert.match(stdout, /^Usage: mesos-docker /);
    assert.match(stdout, /executor[\s\S]*run[\s\S]*version/);
    assert.equal(stderr, "");
  }
  const { end, stdout } = await runInHostileFolder([binary, "run", "--help"]);
  assert.equal(end, 0);
  assert.match(stdout, /--instances/);
});

testOnBinary("an unknown word is wrong usage, said in one line", async (binary) => {
  const { end, stdout, stderr } = await runInHostileFolder([binary, "unheard-of"]);
  assert.equal(end, 2);
  assert.equal(stdout, "");
  assert.match(stderr, /^mesos-docker: unknown command 'unheard-of'[^\n]*\n$/);
});

testOnBinary("under an agent the program is the executor, with any words or none", async (binary) => {
  for (const words of [[], ["executor"], ["busybox", "sh"]]) {
    const { end, stdout, stderr } = await runInHostileFolder([binary, ...words], { env: someOfAnAgent });
    assert.equal(end, 2);
    assert.equal(stdout, "");
    assert.equal(
      stderr,
      "mesos-docker: Cannot read the agent's environment: MESOS_DIRECTORY is missing; MESOS_SLAVE_ID is missing; MESOS_SLAVE_PID is missing\n",
    );
  }
});

testOnBinary("under an agent a command is still that command", async (binary) => {
  const result = await runInHostileFolder([binary, "version"], { env: someOfAnAgent });
  assert.deepEqual(result, { end: 0, stdout: `${manifest.version}\n`, stderr: "" });
});

testOnBinary("the source is the same program under Deno", async () => {
  const root = fileURLToPath(new URL("../..", import.meta.url));
  const words = [`${root}/node_modules/.bin/deno`, "run", "-A", "src/main.ts", "version"];
  const result = await runCommand(words, { cwd: root, env: { HOME: process.env.HOME, NO_COLOR: "1" } });
  assert.deepEqual(result, { end: 0, stdout: `${manifest.version}\n`, stderr: "" });
});
