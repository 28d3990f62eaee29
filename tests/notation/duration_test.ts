import assert from "node:assert/strict";
import { test } from "node:test";
import { formatDuration, parseDuration } from "../../src/notation/duration.ts";

const dayMs = 86_400_000;

const readings: [string, number][] = [
  ["7ns", 0.000007],
  ["7us", 0.007],
  ["500ms", 500],
  ["2secs", 2000],
  ["5mins", 300_000],
  ["3hrs", 10_800_000],
  ["10days", 10 * dayMs],
  ["1weeks", 7 * dayMs],
  ["0ns", 0],
  ["1.5mins", 90_000],
  ["0.25secs", 250],
  ["1.25weeks", 8.75 * dayMs],
  ["1.0000001secs", 1000.0001],
  ["-5secs", -5000],
  ["15250weeks", 15_250 * 7 * dayMs],
];
for (const [text, expected] of readings) {
  test(`parseDuration() reads ${text}`, () => {
    assert.equal(parseDuration(text), expected);
  });
}

const refused = ["5 s", "5 secs", " 5secs", "5secs ", "5secs\n", "", "5", "secs", "5s", "5sec", "5Secs", "5m", "5min"];
const composites = [
  "1hrs30mins",
  "1.5.5secs",
  "1,5secs",
  "1e3secs",
  "+5secs",
  "--5secs",
  "5secs5",
  "0x5secs",
  "nansecs",
];
for (const text of [...refused, ...composites]) {
  test(`parseDuration() refuses ${JSON.stringify(text)}`, () => {
    assert.throws(() => parseDuration(text), {
      name: "SyntaxError",
      message: `Cannot parse duration "${text}": expected a number directly followed by one of ns, us, ms, secs, mins, hrs, days, weeks`,
    });
  });
}

for (const text of ["15251weeks", "-15251weeks", "99999999999999999999ns", `${"9".repeat(400)}secs`]) {
  test(`parseDuration() refuses ${text.slice(0, 30)}, which Mesos cannot count`, () => {
    const message = `Cannot parse duration "${text}": expected no more than 15250weeks, as Mesos has it`;
    assert.throws(() => parseDuration(text), { name: "SyntaxError", message });
  });
}

const writings: [number, string][] = [
  [0, "0ns"],
  [0.000001, "1ns"],
  [0.0015, "1500ns"],
  [0.001955, "1955ns"],
  [0.002, "2us"],
  [1, "1ms"],
  [1.5, "1500us"],
  [999, "999ms"],
  [1000, "1secs"],
  [1500, "1500ms"],
  [90_000, "90secs"],
  [300_000, "5mins"],
  [900_000, "15mins"],
  [90 * 60_000, "90mins"],
  [10 * dayMs, "10days"],
  [14 * dayMs, "2weeks"],
  [-90_000, "-90secs"],
  // Neither minutes nor seconds are whole: the larger unit stays, with a fraction.
  [90_500, "1.50833333333333mins"],
  [3000.5, "3.0005secs"],
];
for (const [durationMs, expected] of writings) {
  test(`formatDuration() writes ${durationMs} ms as ${expected}`, () => {
    assert.equal(formatDuration(durationMs), expected);
  });
}

test("formatDuration() keeps every number of nanoseconds whole", () => {
  for (let nanoseconds = 1; nanoseconds < 5000; nanoseconds++) {
    const expected = nanoseconds % 1000 === 0 ? `${nanoseconds / 1000}us` : `${nanoseconds}ns`;
    assert.equal(formatDuration(nanoseconds / 1e6), expected);
  }
});

test("formatDuration() is undone by parseDuration() for whole numbers of every unit", () => {
  for (const unit of ["ns", "us", "ms", "secs", "mins", "hrs", "days", "weeks"]) {
    for (let count = 1; count < 400; count++) {
      const durationMs = parseDuration(`${count}${unit}`);
      const back = parseDuration(formatDuration(durationMs));
      // 15 significant digits are what Mesos prints: some fractions of a week differ in the last one.
      assert.ok(Math.abs(back - durationMs) <= durationMs * 1e-14, `${count}${unit} came back as ${back} ms`);
    }
  }
});
