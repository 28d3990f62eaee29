import assert from "node:assert/strict";
import { test } from "node:test";
import { LinePrefixer } from "../../src/cli/line_prefixer.ts";

const bytes = (text: string) => new TextEncoder().encode(text);
const text = (part: Uint8Array) => new TextDecoder().decode(part);

test("LinePrefixer names the instance once a line, however the line is cut", () => {
  const prefixer = new LinePrefixer((instance) => `${instance}| `);
  const whole = ["a", "b\nc", "\n", "\nd\n"].map((part) => text(prefixer.apply(1, "stdout", bytes(part)))).join("");
  assert.equal(whole, "1| ab\n1| c\n1| \n1| d\n");
});

test("LinePrefixer keeps streams apart, and ends a line that another instance breaks into", () => {
  const prefixer = new LinePrefixer((instance) => `${instance}| `);
  assert.equal(text(prefixer.apply(0, "stdout", bytes("open"))), "0| open");
  assert.equal(text(prefixer.apply(0, "stderr", bytes("x"))), "0| x");
  assert.equal(text(prefixer.apply(1, "stdout", bytes("y"))), "\n1| y");
  assert.equal(text(prefixer.apply(0, "stdout", bytes("ed\n"))), "\n0| ed\n");
  assert.equal(text(prefixer.apply(1, "stdout", bytes("z\n"))), "1| z\n");
});

test("LinePrefixer hands bytes on untouched when there is no name", () => {
  const raw = Uint8Array.of(0xff, 0x0a, 0x00);
  assert.equal(new LinePrefixer(() => "").apply(0, "stdout", raw), raw);
});
