import assert from "node:assert/strict";
import { test } from "node:test";
import { readGcSettings } from "../../src/cli/gc_settings.ts";
import type { GcFlags } from "../../src/cli/image_inventory.ts";
import { parseConfig } from "../../src/images/config/config.ts";
import { toGcRules, usualGcSettings } from "../../src/images/gc/gc_settings.ts";

const here = { kind: "unix" } as const;
const there = { kind: "tcp" } as const;

function read(flags: GcFlags, text: string, address: Parameters<typeof readGcSettings>[2] = here) {
  return readGcSettings(flags, parseConfig(text, "/etc/c.yaml"), address);
}

test("readGcSettings() takes flags before the configuration, and this before what is usual", () => {
  const text = "gc: { high: 70, low: 60, minAge: 1hrs, maxSize: 50g, maxImages: 5, onlyCopies: removed }";
  assert.deepEqual(read({ json: true }, ""), usualGcSettings);
  assert.deepEqual(read({ low: 50, maxSize: 7 }, text), {
    ...usualGcSettings,
    ...{ high: 70, low: 50, maxSize: 7, minAge: 3_600_000, maxImages: 5, onlyCopies: "removed" },
  });
  const taken = read({ maxSize: false, maxImages: false, onlyCopies: false }, text);
  assert.deepEqual(toGcRules(taken), {
    marks: { highPercent: 70, lowPercent: 60 },
    protection: { minAgeMs: 3_600_000, onlyCopies: "kept" },
    pauseMs: 100,
  });
});

const conflicts: readonly (readonly [flags: GcFlags, text: string, message: string])[] = [
  [{ low: 90 }, "", "--low is 90, expected at most 85, which is --high"],
  [{ low: 75 }, "gc: { high: 70, low: 60 }", '--low is 75, expected at most 70, which is gc.high of "/etc/c.yaml"'],
  [{ high: 50 }, "gc: { high: 70, low: 60 }", 'gc.low of "/etc/c.yaml" is 60, expected at most 50, which is --high'],
  [{ high: 0, low: 0 }, "", "--high is 0, expected more: collecting would never end"],
];
for (const [flags, text, message] of conflicts) {
  test(`readGcSettings() refuses ${JSON.stringify(flags)} with "${text}"`, () => {
    assert.throws(() => read(flags, text), { name: "UsageError", message });
  });
}

test("readGcSettings() wants a size or a folder for a daemon elsewhere, whoever says it", () => {
  assert.throws(() => read({}, "", there), /give --max-size/);
  assert.throws(() => read({ maxSize: false }, "gc: { maxSize: 1g }", there), /give --max-size/);
  assert.equal(read({}, "gc: { maxSize: 1g }", there).maxSize, 1024 ** 3);
  assert.equal(read({}, "gc: { dataRoot: /d }", there).dataRoot, "/d");
});
