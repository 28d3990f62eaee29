import assert from "node:assert/strict";
import { closeSync, openSync } from "node:fs";
import { test } from "node:test";
import type { Log } from "../../src/runtime/log.ts";
import { createLog, type LogFormat, type LogLevel, logLevels } from "../../src/runtime/log_lines.ts";
import { finish, openFixture, startScript } from "../fakes/own_runtime.ts";

/** The lines that `use` makes. */
function linesOf(format: LogFormat, level: LogLevel, use: (log: Log) => void): string[] {
  const lines: string[] = [];
  use(createLog({ format, level, write: (line) => lines.push(line) }));
  return lines;
}

test("createLog() writes text with facts in order, quoted where they need it", () => {
  const lines = linesOf("text", "debug", (log) => {
    log.info("container started", { container: "abc_1.2", image: "docker.io/library/redis:7@sha256", ports: 2 });
    log.warn("agent is away", { error: 'connect "x" refused', empty: "", isLast: false, none: undefined });
  });
  assert.deepEqual(lines, [
    "mesos-docker: info: container started container=abc_1.2 image=docker.io/library/redis:7@sha256 ports=2\n",
    'mesos-docker: warn: agent is away error="connect \\"x\\" refused" empty="" isLast=false\n',
  ]);
});

test("createLog() writes one line per event, whatever is in it", () => {
  const [text = "", json = ""] = (["text", "json"] as const).flatMap((format) =>
    linesOf(format, "debug", (log) => log.error("two\nlines", { said: "one\r\ntwo\n" })),
  );
  assert.equal(text, 'mesos-docker: error: two\\nlines said="one\\r\\ntwo\\n"\n');
  assert.equal(json.indexOf("\n"), json.length - 1);
});

test("createLog() writes one JSON object per line", () => {
  const [line = ""] = linesOf("json", "debug", (log) =>
    log.debug("pulled", { image: "redis", bytes: 12, isLast: true, none: undefined }),
  );
  const { time, ...facts } = JSON.parse(line);
  assert.deepEqual(facts, { level: "debug", message: "pulled", image: "redis", bytes: 12, isLast: true });
  assert.ok(Math.abs(Date.parse(time) - Date.now()) < 10_000, time);
});

for (const [index, level] of logLevels.entries()) {
  test(`createLog() at level ${level} leaves out what is less severe`, () => {
    const lines = linesOf("text", level, (log) => {
      for (const severity of logLevels) log[severity]("x");
    });
    assert.deepEqual(
      lines,
      logLevels.slice(index).map((severity) => `mesos-docker: ${severity}: x\n`),
    );
  });
}

const script = `
  import { createLog } from "SRC/runtime/log_lines.ts";
  const log = createLog({ level: "info", format: "text" });
  for (let count = 0; count < 2000; count++) log.warn("a line", { count, filling: "x".repeat(100) });
  console.log("alive");
`;

test("createLog() writes to stderr, and nowhere else", async () => {
  await using fixture = await openFixture();
  const child = await startScript(script, { fixture, stdio: ["ignore", "pipe", "pipe"] });
  const chunks: Uint8Array[] = [];
  child.stderr?.on("data", (chunk: Uint8Array) => chunks.push(chunk));
  assert.deepEqual(await finish(child), { stdout: "alive\n", end: 0 });
  const lines = Buffer.concat(chunks).toString("utf8").split("\n");
  assert.equal(lines.length, 2001);
  assert.equal(lines[1999], `mesos-docker: warn: a line count=1999 filling=${"x".repeat(100)}`);
});

test("createLog() goes on when stderr cannot be written", async () => {
  await using fixture = await openFixture();
  const full = openSync("/dev/full", "w");
  const child = await startScript(script, { fixture, stdio: ["ignore", "pipe", full] });
  closeSync(full);
  assert.deepEqual(await finish(child), { stdout: "alive\n", end: 0 });
});
