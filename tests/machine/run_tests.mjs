// node tests/machine/run_tests.mjs [--bun] [--deno] [--e2e] [FILTER…]
//
// Runs the test files whose path contains a FILTER (all without one) under Bun and Deno (both when none is named), and
// ends with one line that adds them up: `N passed, N failed`. --e2e sets MESOS_DOCKER_E2E=1: tests that need a Docker
// daemon run too, and those of tests/e2e at all. Exit code 0 only when nothing failed.
//
// The runners' exit codes and summaries are not enough: process.exit(0) in a test ends Bun and Deno with code 0, and a
// file that registers no test is no failure to them. So the JUnit reports are read, and every file has to have run a test.
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { addCounts, formatCounts } from "./counts.mjs";
import { ROOT, runQuietly } from "./run_quietly.mjs";
import { judgeRun } from "./verdict.mjs";

const FOLDERS = ["registry", "src", "tests"];
const TEST_FILE = /_test\.(ts|mjs)$/;
const END_TO_END = join("tests", "e2e");

/** Limits for one test (Bun; Deno has none) and for a whole runner. */
const UNIT = { testMs: 20_000, runnerMs: 8 * 60_000 };
const E2E = { testMs: 180_000, runnerMs: 40 * 60_000 };

const RUNNERS = {
  bun: {
    args: (report, { testMs }) => ["test", `--timeout=${testMs}`, "--reporter=junit", `--reporter-outfile=${report}`],
    fileLine: /^(\S+_test\.(?:ts|mjs)):$/,
    startedFiles: () => undefined,
  },
  deno: {
    args: (report) => ["test", "-A", "--no-check", "--no-lock", "--node-modules-dir=manual", `--junit-path=${report}`],
    fileLine: /^running [0-9]+ tests? from \.\/(\S+)$/,
    startedFiles: (output) =>
      Array.from(output.matchAll(/^running [1-9][0-9]* tests? from \.\/(\S+)$/gm), ([, file]) => file),
  },
};

function findTests(folder) {
  const entries = readdirSync(folder, { withFileTypes: true, recursive: true });
  const files = entries.filter((entry) => entry.isFile() && TEST_FILE.test(entry.name));
  return files.map((entry) => relative(ROOT, join(entry.parentPath ?? entry.path, entry.name)));
}

async function runRunner(name, files, limits, env) {
  const folder = mkdtempSync(join(tmpdir(), "mesos-docker-report-"));
  const report = join(folder, "junit.xml");
  try {
    const runner = RUNNERS[name];
    const args = [...runner.args(report, limits), ...files.map((file) => `./${file}`)];
    const program = join(ROOT, "node_modules", ".bin", name);
    const onOutput = limits === E2E ? showFiles(name, runner.fileLine) : undefined;
    const done = await runQuietly(program, args, { env, onOutput, deadlineMs: limits.runnerMs });
    const startedFiles = runner.startedFiles(done.output);
    const readReport = () => readFileSync(report, "utf8");
    const verdict = judgeRun({ files, failure: done.failure, readReport, startedFiles });
    if (verdict.counts.failed > 0) process.stdout.write(`${done.output}\n`);
    for (const { file, name: title, result } of verdict.cases) {
      if (result === "failed") process.stdout.write(`${name}: failed: ${file}: ${title}\n`);
    }
    for (const problem of verdict.problems) process.stdout.write(`${name}: ${problem}\n`);
    process.stdout.write(`${name}: ${formatCounts(verdict.counts)} (${done.seconds.toFixed(1)} s)\n`);
    return verdict.counts;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * End-to-end tests wait for daemons most of the time, and leave each other alone: every second file runs beside the others.
 * Unit tests keep the cores busy as it is.
 */
function toLanes(files, limits) {
  if (limits !== E2E || files.length < 2) return [files];
  return [0, 1].map((lane) => files.filter((_, index) => index % 2 === lane));
}

/** End-to-end tests take minutes: shows the file that a runner has come to. */
function showFiles(name, fileLine) {
  let rest = "";
  return (chunk) => {
    const lines = (rest + chunk.toString("utf8")).split("\n");
    rest = lines.pop();
    for (const line of lines) {
      const file = fileLine.exec(line)?.[1];
      if (file !== undefined) process.stdout.write(`${name}: ${file}\n`);
    }
  };
}

function readArguments() {
  const options = { bun: { type: "boolean" }, deno: { type: "boolean" }, e2e: { type: "boolean" } };
  try {
    return parseArgs({ options, allowPositionals: true });
  } catch (error) {
    process.stderr.write(
      `${error.message}\nUsage: node tests/machine/run_tests.mjs [--bun] [--deno] [--e2e] [FILTER…]\n`,
    );
    process.exit(2);
  }
}

async function main() {
  const { values, positionals } = readArguments();
  const folders = FOLDERS.map((name) => join(ROOT, name)).filter((folder) => existsSync(folder));
  const all = folders.flatMap((folder) => findTests(folder));
  const files = all
    .filter((file) => values.e2e || !file.startsWith(END_TO_END))
    .filter((file) => positionals.length === 0 || positionals.some((part) => file.includes(part)))
    .sort();
  const chosen = Object.keys(RUNNERS).filter((name) => values[name] || (!values.bun && !values.deno));
  const env = { ...process.env, NO_COLOR: "1", ...(values.e2e ? { MESOS_DOCKER_E2E: "1" } : {}) };
  let total = addCounts();
  if (files.length === 0) {
    process.stdout.write(`No test file matches ${positionals.join(" ") || "*_test.ts"}\n`);
    total = { passed: 0, failed: 1 };
  } else {
    const limits = values.e2e ? E2E : UNIT;
    for (const name of chosen) {
      const lanes = toLanes(files, limits).map((lane) => runRunner(name, lane, limits, env));
      for (const counts of await Promise.all(lanes)) total = addCounts(total, counts);
    }
  }
  process.stdout.write(`${formatCounts(total)}\n`);
  process.exitCode = total.failed === 0 ? 0 : 1;
}

await main();
