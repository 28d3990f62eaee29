// What came of one runner: its report, its exit code and the files it was given, held against each other.
import { readJUnit } from "./junit.mjs";

/**
 * Judges a run of `files` that ended with `failure` (undefined after exit code 0) and left what `readReport()` gives.
 * `startedFiles` are those with tests as the runner names them, when its report cannot tell: Deno's has the file that
 * called test(), which may be a helper. `counts.failed` holds failed tests and `problems`, each a way in which a run is wrong without a failed test.
 */
export function judgeRun({ files, failure, readReport, startedFiles }) {
  let cases = [];
  const problems = [];
  try {
    cases = readJUnit(readReport());
  } catch (error) {
    const what = error.code === "ENOENT" ? "it left no report" : error.message;
    problems.push(failure === undefined ? what : `${what}; it ${failure}`);
  }
  const count = (result) => cases.filter((one) => one.result === result).length;
  const counts = { passed: count("passed"), failed: count("failed"), skipped: count("skipped") };
  if (problems.length === 0) {
    const seen = new Set(startedFiles ?? cases.map(({ file }) => file));
    for (const file of files) if (!seen.has(file)) problems.push(`it ran no test of "${file}"`);
    if (counts.passed + counts.failed === 0) problems.push("no test ran");
    if (failure !== undefined && counts.failed === 0) problems.push(`it ${failure}, and its report shows no failure`);
  }
  return { cases, problems, counts: { ...counts, failed: counts.failed + problems.length } };
}
