// bun tests/bench/bench.ts [--binary PATH] [ROW…]    measures us and a peer in turn, and prints one table.
//
// Each row is a file of rows/. Nothing is asserted: the exit code is 0 unless something could not be measured. The
// binary is dist/mesos-docker; a Docker daemon must answer. Ctrl-C ends it, and leaves nothing behind.
import { constants } from "node:os";
import { resolve } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import type { Bench, Row } from "./row.ts";
import { allRows } from "./rows/all.ts";
import { formatResults, type Measured } from "./verdict.ts";
import { describeMachine, openWorkbench } from "./workbench.ts";

const interrupted = new AbortController();
let interruption: NodeJS.Signals | undefined;
for (const name of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(name, () => {
    interruption ??= name;
    interrupted.abort(new Error(`interrupted by ${name}`));
  });
}

const { values, positionals } = parseArgs({ options: { binary: { type: "string" } }, allowPositionals: true });
const unknown = positionals.filter((name) => !allRows.some((row) => row.name === name));
if (unknown.length > 0) {
  note(`There is no row "${unknown.join('", "')}"; there are ${allRows.map(({ name }) => name).join(", ")}`);
  process.exitCode = 2;
} else {
  const rows = allRows.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
  const binary = resolve(values.binary ?? fileURLToPath(new URL("../../dist/mesos-docker", import.meta.url)));
  const failures = await measureAll(rows, binary);
  process.exitCode = failures === 0 ? 0 : 1;
}
if (interruption !== undefined) process.exitCode = 128 + constants.signals[interruption];

/** Measures rows one after another and prints what came of them; gives how many could not be measured. */
async function measureAll(rows: readonly Row[], binary: string): Promise<number> {
  const measured: Measured[] = [];
  try {
    await using bench = await openWorkbench({ binary, signal: interrupted.signal });
    const machine = await describeMachine(bench);
    for (const row of rows) {
      if (interrupted.signal.aborted) break;
      const lines = await measure(row, bench);
      if (lines !== undefined) measured.push({ row, lines });
    }
    if (measured.length > 0) process.stdout.write(`${formatResults(measured)}\n\n${machine}\n`);
  } catch (error) {
    note(describe(error));
    return rows.length;
  }
  return rows.length - measured.length;
}

async function measure(row: Row, bench: Bench): Promise<Measured["lines"] | undefined> {
  note(`Measuring ${row.name}`);
  try {
    return await row.measure(bench);
  } catch (error) {
    note(`Cannot measure "${row.name}": ${describe(error)}`);
    return undefined;
  }
}

/** The message of an error, and of the one before it when cleaning up failed as well. */
function describe(error: unknown): string {
  if (error instanceof SuppressedError) return `${describe(error.suppressed)}; then ${describe(error.error)}`;
  return error instanceof Error ? error.message : String(error);
}

function note(text: string): void {
  process.stderr.write(`${text}\n`);
}
