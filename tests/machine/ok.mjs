// npm run ok: everything that has to hold before a change goes in. All steps run, also after one has failed; the output
// of a step is shown when it fails. Ends with `N passed, N failed`: a step without tests of its own counts as one.
import process from "node:process";
import { addCounts, formatCounts, lastCounts } from "./counts.mjs";
import { npm, runQuietly } from "./run_quietly.mjs";

const tool = (name, ...args) => [`node_modules/.bin/${name}`, args];
const tests = (...args) => [process.execPath, ["tests/machine/run_tests.mjs", ...args]];
const MINUTES = 60_000;

const STEPS = [
  { name: "biome ci", kind: "check", command: tool("biome", "ci", "--colors=off") },
  { name: "tsc", kind: "check", command: tool("tsc", "-p", ".") },
  { name: "generated code", kind: "check", command: [process.execPath, ["proto/generate.mjs", "--check"]] },
  { name: "bun tests", kind: "tests", command: tests("--bun") },
  { name: "deno tests", kind: "tests", command: tests("--deno") },
  { name: "deno publish", kind: "check", command: tool("deno", "publish", "--dry-run", "--allow-dirty") },
  { name: "build", kind: "check", command: npm("run", "build") },
  { name: "smoke", kind: "tests", command: tests("--bun", "--e2e", "tests/e2e/smoke_test.ts") },
];

/** The counts of one step. A test step that fails or says nothing countable is one failure more. */
function countStep({ kind }, { failure, output }) {
  if (kind === "check") return failure === undefined ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 };
  const counts = lastCounts(output);
  if (counts === undefined) return { passed: 0, failed: 1 };
  return failure !== undefined && counts.failed === 0 ? { ...counts, failed: 1 } : counts;
}

async function runStep(step) {
  const [command, args] = step.command;
  const env = { ...process.env, NO_COLOR: "1" };
  const done = await runQuietly(command, args, { env, deadlineMs: 10 * MINUTES });
  const counts = countStep(step, done);
  const tells = step.kind === "tests" ? `: ${formatCounts(counts)}` : "";
  const verdict = counts.failed === 0 ? "passed" : "FAILED";
  const why = done.failure === undefined ? "" : `, it ${done.failure}`;
  process.stdout.write(`${verdict}  ${step.name}${tells} (${done.seconds.toFixed(1)} s)${why}\n`);
  if (counts.failed > 0 && done.output !== "") process.stdout.write(`${done.output.replace(/^/gm, "    ")}\n`);
  return counts;
}

let total = addCounts();
for (const step of STEPS) total = addCounts(total, await runStep(step));
process.stdout.write(`${formatCounts(total)}\n`);
process.exitCode = total.failed === 0 ? 0 : 1;
