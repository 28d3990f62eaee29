import assert from "node:assert/strict";
import { test } from "node:test";
import { parseTime } from "./docker_time.ts";

test("parseTime() keeps what is below a millisecond", () => {
  const whole = parseTime("2024-05-01T12:00:00Z");
  assert.ok(Math.abs(parseTime("2024-05-01T12:00:00.0005Z") - whole - 0.5) < 0.01);
});

test("parseTime() gives times of the clock that performance.now() reads", () => {
  const now = new Date(performance.timeOrigin + performance.now()).toISOString();
  assert.ok(Math.abs(parseTime(now) - performance.now()) < 1000);
});
