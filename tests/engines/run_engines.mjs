// npm run test:engines [-- [--run KIND] [--files FILTER]… ENGINE…]
//
// Runs the tests that need a daemon against engines beside the machine's own one.
// ENGINE is `machine`, the dockerd that is installed here, or a Debian suite such as `trixie` or `sid`, whose packages
// are fetched from this machine's mirror and unpacked in .cache/engines, not installed; all of them by default. Each
// engine runs with every image store that it has, the calls in older API versions too: a dockerd on a socket, a bridge
// and a data root of its own, which are gone afterwards. KIND chooses from these: `classic` or `containerd`, the image
// stores, or `api`. The test files whose path contains a FILTER run instead of all. Prints one line for each run, the
// whole output of one that fails, and ends with `N passed, N failed`. An engine that cannot be had counts as one
// failure. Needs root.
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { addCounts, formatCounts, lastCounts } from "../machine/counts.mjs";
import { systemEnvironment } from "../machine/processes.mjs";
import { ROOT, runOrThrow, runQuietly } from "../machine/run_quietly.mjs";
import { readMirror } from "./apt_mirror.mjs";
import { KINDS, planRuns } from "./engine_runs.mjs";
import { prepareEngine } from "./engine_tree.mjs";

const DEFAULT_ENGINES = ["machine", "trixie", "sid"];
const CACHE = join(ROOT, ".cache", "engines");
/** Longer than run_tests.mjs gives its runners, so that it ends one that hangs, and shows what came of it. */
const RUN_MS = 45 * 60_000;

function say(text) {
  process.stdout.write(`${text}\n`);
}

/** The environment in which an engine's programs are found before the machine's. */
async function findEngine(name) {
  if (name === "machine") return systemEnvironment(process.env);
  mkdirSync(CACHE, { recursive: true });
  const note = (text) => say(`${name}: ${text}`);
  const folders = await prepareEngine(name, { cache: CACHE, mirror: readMirror(), note });
  return systemEnvironment({ ...process.env, PATH: [...folders, process.env.PATH].join(delimiter) });
}

/** The counts of one run. A run that fails or says nothing countable is one failure more. */
async function runOnce(run, engineEnv) {
  const folder = mkdtempSync(join(tmpdir(), "mesos-docker-engine-"));
  try {
    const env = {
      ...engineEnv,
      DOCKER_HOST: `unix://${join(folder, "docker.sock")}`,
      MESOS_DOCKER_TEST_DATA_ROOT: join(folder, "data"),
      MESOS_DOCKER_TEST_DAEMON_JSON: run.configuration,
      NO_COLOR: "1",
      ...(run.apiVersion === undefined ? {} : { DOCKER_API_VERSION: run.apiVersion }),
    };
    const tests = ["tests/machine/run_tests.mjs", "--bun", "--e2e", ...run.filters];
    const args = ["tests/machine/with_docker.mjs", "--", process.execPath, ...tests];
    const done = await runQuietly(process.execPath, args, { env, deadlineMs: RUN_MS });
    const counts = lastCounts(done.output);
    if (counts === undefined) return { ...done, counts: { passed: 0, failed: 1 } };
    const failed = done.failure !== undefined && counts.failed === 0 ? 1 : counts.failed;
    return { ...done, counts: { ...counts, failed } };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function runEngine(name, choice) {
  let total = addCounts();
  const env = await findEngine(name);
  const versionText = await runOrThrow("ask dockerd for its version", "dockerd", ["--version"], { env });
  const { version, runs } = planRuns(versionText, choice);
  if (runs.length === 0) say(`Docker ${version} (${name}) has no run "${choice.kind}"`);
  for (const run of runs) {
    const { counts, seconds, failure, output } = await runOnce(run, env);
    total = addCounts(total, counts);
    const why = failure === undefined ? "" : `, it ${failure}`;
    say(`Docker ${version} (${name}), ${run.name}: ${formatCounts(counts)} (${seconds.toFixed(0)} s)${why}`);
    if (counts.failed > 0) say(output.replace(/^/gm, "    "));
  }
  return total;
}

async function main({ names, choice }) {
  let total = addCounts();
  for (const name of names) {
    try {
      total = addCounts(total, await runEngine(name, choice));
    } catch (error) {
      say(`Cannot test the engine "${name}": ${error.message}`);
      total = addCounts(total, { passed: 0, failed: 1 });
    }
  }
  if (total.passed + total.failed === 0) total.failed = 1; // Nothing ran, which no success may hide.
  say(formatCounts(total));
  return total.failed === 0 ? 0 : 1;
}

/** What the command line asks for: `{ names, choice }`. Throws when it cannot be read. */
function readArguments() {
  const options = { run: { type: "string" }, files: { type: "string", multiple: true } };
  const { values, positionals } = parseArgs({ options, allowPositionals: true });
  const wrong = positionals.find((name) => !/^[a-z][a-z0-9-]*$/.test(name));
  if (wrong !== undefined) throw new Error(`"${wrong}" is no engine`);
  const { run: kind, files } = values;
  if (kind !== undefined && !KINDS.includes(kind)) throw new Error(`"${kind}" is none of ${KINDS.join(", ")}`);
  return { names: positionals.length === 0 ? DEFAULT_ENGINES : positionals, choice: { kind, files } };
}

function refuse(message) {
  process.stderr.write(`${message}\n`);
  process.exitCode = 2;
}

let wanted;
try {
  wanted = readArguments();
} catch (error) {
  refuse(`${error.message}\nUsage: npm run test:engines [-- [--run KIND] [--files FILTER]… machine | SUITE…]`);
}
if (wanted !== undefined) {
  if (process.getuid?.() === 0) process.exitCode = await main(wanted);
  else refuse("Cannot start an engine: only root can run dockerd");
}
