import assert from "node:assert/strict";
import { test } from "node:test";
import { judgeRun } from "./verdict.mjs";

function report(...cases) {
  const failed = cases.filter((body) => body.includes("failure")).length;
  return () =>
    `<testsuites tests="${cases.length}" failures="${failed}"><testsuite name="a_test.ts">${cases.join("")}</testsuite></testsuites>`;
}

const passed = '<testcase name="p"/>';
const failed = '<testcase name="f"><failure message="m"/></testcase>';
const skipped = '<testcase name="s"><skipped/></testcase>';
const missing = () => {
  throw Object.assign(new Error("no such file"), { code: "ENOENT" });
};

const rows = [
  ["a clean run", { readReport: report(passed, skipped) }, { passed: 1, failed: 0, skipped: 1 }, []],
  ["a failed test", { readReport: report(passed, failed), failure: "ended with code 1" }, { passed: 1, failed: 1 }, []],
  ["a failure with exit code 0", { readReport: report(passed, failed) }, { passed: 1, failed: 1 }, []],
  ["a missing report", { readReport: missing }, { failed: 1 }, [/no report/]],
  [
    "a crash without report",
    { readReport: missing, failure: "was ended by SIGKILL" },
    { failed: 1 },
    [/no report.*SIGKILL/],
  ],
  ["a cut-off report", { readReport: () => "<testsuites" }, { failed: 1 }, [/JUnit/]],
  [
    "an unexplained end",
    { readReport: report(passed), failure: "ended with code 1" },
    { passed: 1, failed: 1 },
    [/code 1/],
  ],
  ["only skipped tests", { readReport: report(skipped) }, { failed: 1, skipped: 1 }, [/no test ran/]],
  [
    "a file left out",
    { readReport: report(passed), files: ["a_test.ts", "b_test.ts"] },
    { passed: 1, failed: 1 },
    [/b_test/],
  ],
];

for (const [what, run, counts, problems] of rows) {
  test(`judgeRun() judges ${what}`, () => {
    const verdict = judgeRun({ files: ["a_test.ts"], failure: undefined, ...run });
    assert.deepEqual(verdict.counts, { passed: 0, failed: 0, skipped: 0, ...counts });
    assert.equal(verdict.problems.length, problems.length);
    problems.forEach((pattern, index) => {
      assert.match(verdict.problems[index], pattern);
    });
  });
}

test("judgeRun() goes by the files the runner names, where it names them", () => {
  const run = { files: ["b_test.ts"], failure: undefined, readReport: report(passed) };
  assert.deepEqual(judgeRun({ ...run, startedFiles: ["b_test.ts"] }).problems, []);
  assert.match(judgeRun({ ...run, startedFiles: ["a_test.ts"] }).problems[0], /b_test/);
});

test("judgeRun() tells why a report cannot be read", () => {
  const readReport = () => {
    throw Object.assign(new Error("EIO: bad disk"), { code: "EIO" });
  };
  assert.deepEqual(judgeRun({ files: [], failure: undefined, readReport }).problems, ["EIO: bad disk"]);
});
