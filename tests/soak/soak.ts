// bun tests/soak/soak.ts [--tasks N] [--faults] [--seed N] [--at-once N] [--minutes N] [--logs FOLDER]
//
// Runs many tasks of all kinds through the compiled program, an agent and the real daemon, with --faults behind proxies
// that trouble both; then looks whether every task has exactly one end that was told, no container or process is left,
// and memory is flat. Prints its figures, and `N passed, N failed` last. The seed repeats the choices, not the timing.
import process from "node:process";
import { parseArgs } from "node:util";
import { openEngine, parseEngineAddress } from "../../src/docker/mod.ts";
import { silentLog } from "../../src/runtime/log.ts";
import { findBinary } from "../e2e/binary.ts";
import { toPlainError } from "../e2e/cases.ts";
import { ensureImages } from "../images/ensure.ts";
import { formatFigures } from "./figures.ts";
import { runSoak, type SoakOptions } from "./soak_run.ts";

const { values } = parseArgs({
  options: {
    tasks: { type: "string", default: "200" },
    faults: { type: "boolean", default: false },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    "at-once": { type: "string", default: "8" },
    logs: { type: "string" },
    minutes: { type: "string", default: "45" },
  },
});

const ending = new AbortController();
for (const name of ["SIGINT", "SIGTERM"] as const) process.on(name, () => ending.abort(new Error(name)));

await using engine = openEngine(parseEngineAddress(process.env.DOCKER_HOST));
const { busybox } = await ensureImages(engine, { log: silentLog });
const tell = (line: string) => process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`);
tell(`seed ${values.seed}`);
const options: SoakOptions = {
  bench: { engine, image: busybox, binary: findBinary() },
  taskCount: Number(values.tasks),
  atOnce: Number(values["at-once"]),
  faults: values.faults ? "on" : "off",
  seed: Number(values.seed),
  deadline: AbortSignal.any([ending.signal, AbortSignal.timeout(Number(values.minutes) * 60_000)]),
  tell,
  ...(values.logs === undefined ? {} : { logs: values.logs }),
};
const found = await runSoak(options).catch((error: unknown) => {
  throw error instanceof SuppressedError ? toPlainError(error) : error;
});
process.stdout.write(formatFigures(found));
process.exitCode = found.checks.some(({ faults }) => faults.length > 0) ? 1 : 0;
