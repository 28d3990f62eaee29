import assert from "node:assert/strict";
import { test } from "node:test";
import { followWindow, isOpen, parseDailyWindow } from "../../../src/images/warm/daily_window.ts";
import { FakeClock } from "../../fakes/fake_clock.ts";

const at = (hour: number, minute: number, second = 0) => new Date(2026, 5, 1, hour, minute, second).getTime();

for (const [text, open, closed] of [
  ["22:00-06:00", [at(22, 0), at(23, 59), at(0, 0), at(5, 59, 59)], [at(21, 59, 59), at(6, 0), at(12, 0)]],
  ["9:30-17:00", [at(9, 30), at(12, 0), at(16, 59)], [at(9, 29), at(17, 0), at(0, 0)]],
  ["00:00-00:01", [at(0, 0, 59)], [at(0, 1), at(23, 59)]],
] as const) {
  test(`a window of ${text} is open when it says so (J 63)`, () => {
    const window = parseDailyWindow(text);
    for (const moment of open) assert.equal(isOpen(window, moment), true, new Date(moment).toString());
    for (const moment of closed) assert.equal(isOpen(window, moment), false, new Date(moment).toString());
  });
}

for (const text of ["", "22:00", "22-06", "24:00-06:00", "22:60-06:00", "22:00-22:00", "22:00-06:00 ", "a:00-06:00"]) {
  test(`parseDailyWindow() refuses ${JSON.stringify(text)}`, () => {
    assert.throws(() => parseDailyWindow(text), SyntaxError);
  });
}

test("followWindow() tells at once and when the window opens and closes, until disposed of", () => {
  const clock = new FakeClock(at(21, 58, 30));
  const told: boolean[] = [];
  const following = followWindow(parseDailyWindow("22:00-22:02"), clock, (isOpen) => told.push(isOpen));
  assert.deepEqual(told, [false]);
  clock.advance(90_000);
  assert.equal(told.at(-1), true);
  clock.advance(120_000);
  assert.equal(told.at(-1), false);
  following[Symbol.dispose]();
  assert.deepEqual(clock.delays, []);
});
