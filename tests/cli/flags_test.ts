import assert from "node:assert/strict";
import { test } from "node:test";
import { Command } from "commander";
import {
  givenFlags,
  intervalOption,
  parseCount,
  parseInstances,
  parseInterval,
  parseNumber,
  parsePercent,
  parsePort,
  parseVariable,
  parseVolume,
} from "../../src/cli/flags.ts";

test("parsePort() reads a container's port, a host's, and a protocol", () => {
  assert.deepEqual(parsePort("6379"), { containerPort: 6379, protocol: "tcp" });
  assert.deepEqual(parsePort("31000:6379"), { hostPort: 31_000, containerPort: 6379, protocol: "tcp" });
  assert.deepEqual(parsePort("53/udp"), { containerPort: 53, protocol: "udp" });
  assert.deepEqual(parsePort("5353:53/udp"), { hostPort: 5353, containerPort: 53, protocol: "udp" });
});

for (const text of ["", "http", "0", "65536", "70000:80", "80:0", "80/icmp", "1:2:3", " 80", "80 ", "-1", "8e2"]) {
  test(`parsePort() refuses ${JSON.stringify(text)}`, () => {
    assert.throws(() => parsePort(text), /Expected \[HOST:\]CONTAINER/);
  });
}

test("parseVariable() splits at the first equals sign and keeps the rest as it is", () => {
  assert.deepEqual(parseVariable("A=b=c\nd é"), { name: "A", value: "b=c\nd é" });
  assert.deepEqual(parseVariable("EMPTY="), { name: "EMPTY", value: "" });
  for (const text of ["", "=x", "NAME"]) assert.throws(() => parseVariable(text), /Expected NAME=VALUE/);
});

test("parseVolume() reads absolute paths and a mode", () => {
  assert.deepEqual(parseVolume("/a:/b"), { hostPath: "/a", containerPath: "/b", mode: "rw" });
  assert.deepEqual(parseVolume("/a b:/c:ro"), { hostPath: "/a b", containerPath: "/c", mode: "ro" });
  for (const text of ["", "/a", "a:/b", "/a:b", "/a:/b:rx", "/a:/b:ro:z"]) {
    assert.throws(() => parseVolume(text), /Expected HOST:CONTAINER/, text);
  }
});

test("parseNumber() and parseCount() refuse what is no such number", () => {
  assert.equal(parseNumber("0.5"), 0.5);
  assert.equal(parseCount("3"), 3);
  for (const text of ["", " ", "x", "-1", "NaN", "Infinity", "1e10"])
    assert.throws(() => parseNumber(text), /Expected a number/, text);
  for (const text of ["", "0", "1.5", "-1", "x", "1e16"])
    assert.throws(() => parseCount(text), /Expected a whole number/, text);
});

test("parseCount() takes what the configuration takes, and parseInstances() what a host can run", () => {
  assert.equal(parseCount("5000"), 5000);
  assert.equal(parseInstances("1000"), 1000);
  assert.throws(() => parseInstances("1001"), /Expected 1000 instances at most/);
  assert.throws(() => parseInstances("0"), /Expected a whole number/);
});

test("parsePercent() reads 0 to 100", () => {
  assert.equal(parsePercent("85"), 85);
  assert.equal(parsePercent("0.5"), 0.5);
  for (const text of ["", "-1", "100.1", "85%", "NaN"]) assert.throws(() => parsePercent(text), /from 0 to 100/, text);
});

test("parseInterval() reads durations that a timer and a date can have", () => {
  assert.equal(parseInterval("100ms"), 100);
  for (const text of ["", "5", "5m", "99ms", "-1secs", "15251weeks", "99999999999weeks"]) {
    assert.throws(() => parseInterval(text), /Expected a duration from 100ms to 15250weeks, e\.g\. 30secs\./, text);
  }
});

const givenRows: readonly (readonly [words: string[], given: object])[] = [
  [[], {}],
  [["--count", "4", "--pause", "5mins"], { count: 4, pause: 300_000 }],
  [["--no-limit"], { limit: false }],
  [["--no-limit", "--limit", "2"], { limit: 2 }],
];
for (const [words, given] of givenRows) {
  test(`givenFlags() of "${words.join(" ")}" has no flag that only has a default`, async () => {
    const command = new Command()
      .option("--count <count>", "", parseCount, 4)
      .addOption(intervalOption("--pause <duration>", "", "5mins"))
      .option("--limit <count>", "", parseCount)
      .option("--no-limit");
    await command.parseAsync(words, { from: "user" });
    assert.deepEqual(givenFlags(command), given);
  });
}
