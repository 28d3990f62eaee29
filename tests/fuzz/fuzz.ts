// bun tests/fuzz/fuzz.ts [--seconds N] [--seed N] [TARGET…]
//
// Feeds what reads strangers' bytes with changed texts, so many seconds each (60), and looks that it answers with a result or
// an error of its own, soon, and without holding memory. Ends with `N passed, N failed`; the seed repeats a run.
import process from "node:process";
import { parseArgs } from "node:util";
import { seededRandom } from "../fakes/seeded_random.ts";
import { fuzz } from "./fuzzing.ts";
import { targets } from "./targets.ts";

const { values, positionals } = parseArgs({
  options: {
    seconds: { type: "string", default: "60" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
  },
  allowPositionals: true,
});
const chosen = targets.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
let failed = 0;
for (const target of chosen) {
  const { texts, accepted, fault } = await fuzz(
    target,
    seededRandom(Number(values.seed)),
    Number(values.seconds) * 1000,
    () => Bun.gc(true),
  );
  if (fault !== undefined) failed++;
  const verdict = fault === undefined ? "passed" : "FAILED";
  process.stdout.write(`${verdict}: ${target.name}, ${texts} texts, ${accepted} taken${fault ? `\n  ${fault}` : ""}\n`);
}
process.stdout.write(`seed ${values.seed}\n${chosen.length - failed} passed, ${failed} failed\n`);
process.exitCode = failed === 0 && chosen.length > 0 ? 0 : 1;
