import assert from "node:assert/strict";
import { test } from "node:test";
import { readJUnit } from "./junit.mjs";

const BUN = `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="bun test" tests="4" assertions="0" failures="1" skipped="1" time="6.06">
  <testsuite name="tests/a_test.ts" file="tests/a_test.ts" tests="4" failures="1" skipped="1" time="6" hostname="vm">
    <testcase name="keeps &lt;a&gt; &amp; &quot;b&quot;" classname="" time="0.002" file="tests/a_test.ts" line="3" />
    <testcase name="waits" classname="" time="0" file="tests/a_test.ts" line="5">
      <skipped />
    </testcase>
    <testsuite name="group" file="tests/a_test.ts" line="9" tests="2" failures="1" skipped="0" time="0">
      <testcase name="inner" classname="group" time="0.0003" file="tests/a_test.ts" line="9" />
      <testcase name="bad" classname="group" time="0.0003" file="tests/a_test.ts" line="9">
        <failure type="Error" message="x&#10;y&#x21;">Error: x ]]&gt; at tests/a_test.ts:9:87</failure>
      </testcase>
    </testsuite>
  </testsuite>
</testsuites>
`;

const DENO = `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="deno test" tests="3" failures="1" errors="1" time="6.227">
    <testsuite name="./tests/a_test.ts" tests="3" disabled="0" errors="1" failures="1">
        <testcase name="ends well" classname="./tests/a_test.ts" time="0.003" line="3" col="1">
        </testcase>
        <testcase name="fails" classname="./tests/a_test.ts" time="0.004" line="4" col="1">
            <failure message="Uncaught AssertionError:

1 !== 2
">at file:///a_test.ts:4:30 => now</failure>
        </testcase>
        <testcase name="exits" classname="./tests/a_test.ts" time="0.000" line="2" col="1">
            <error message="Cancelled"/>
        </testcase>
    </testsuite>
</testsuites>
`;

test("readJUnit() reads Bun's form, groups and entities included", () => {
  assert.deepEqual(
    readJUnit(BUN).map(({ file, name, result }) => [file, name, result]),
    [
      ["tests/a_test.ts", 'keeps <a> & "b"', "passed"],
      ["tests/a_test.ts", "waits", "skipped"],
      ["tests/a_test.ts", "group > inner", "passed"],
      ["tests/a_test.ts", "group > bad", "failed"],
    ],
  );
  assert.equal(readJUnit(BUN)[3].message, "x\ny!");
});

test("readJUnit() reads Deno's form and takes an error for a failure", () => {
  assert.deepEqual(
    readJUnit(DENO).map(({ file, name, result }) => [file, name, result]),
    [
      ["tests/a_test.ts", "ends well", "passed"],
      ["tests/a_test.ts", "fails", "failed"],
      ["tests/a_test.ts", "exits", "failed"],
    ],
  );
});

test("readJUnit() refuses a report that is cut off anywhere", () => {
  for (const report of [BUN, DENO]) {
    const whole = report.trimEnd();
    for (let length = 0; length < whole.length; length++) {
      assert.throws(() => readJUnit(whole.slice(0, length)), SyntaxError, `cut after ${length} characters`);
    }
  }
});

test("readJUnit() refuses what is not a report or contradicts itself", () => {
  const bad = {
    "not XML": "5 pass",
    "another root": "<html></html>",
    "two roots": '<testsuites tests="0" failures="0"/><testsuites tests="0" failures="0"/>',
    "crossed elements": '<testsuites tests="0" failures="0"><a><b></a></b></testsuites>',
    "no numbers": "<testsuites></testsuites>",
    "a case of no file": '<testsuites tests="1" failures="0"><testcase name="x"/></testsuites>',
    "a missing case": BUN.replace('tests="4"', 'tests="5"'),
    "a missing failure": BUN.replace('failures="1"', 'failures="2"'),
  };
  for (const [what, text] of Object.entries(bad)) assert.throws(() => readJUnit(text), SyntaxError, what);
});

test("readJUnit() accepts an empty report: that no test ran is for others to judge", () => {
  assert.deepEqual(readJUnit('<testsuites name="bun test" tests="0" failures="0" />'), []);
});
