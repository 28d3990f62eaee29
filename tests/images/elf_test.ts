import assert from "node:assert/strict";
import { test } from "node:test";
import { readElfNeeds } from "./elf.ts";
import { syntheticElf } from "./synthetic_elf.ts";

const program = { interpreter: "/lib64/ld-linux-x86-64.so.2", libraries: ["libc.so.6", "libssl.so.3"] };

for (const endian of ["little", "big"] as const) {
  test(`readElfNeeds() reads a ${endian}-endian program`, () => {
    assert.deepEqual(readElfNeeds(syntheticElf({ ...program, endian })), program);
  });
}

test("readElfNeeds() reads a library, and one that needs nothing", () => {
  assert.deepEqual(readElfNeeds(syntheticElf({ libraries: ["libm.so.6"] })), { libraries: ["libm.so.6"] });
  assert.deepEqual(readElfNeeds(syntheticElf({ libraries: [] })), { libraries: [] });
});

test("readElfNeeds() knows what is no ELF file", () => {
  for (const text of ["", "\x7fEL", "#!/bin/sh\n"]) assert.equal(readElfNeeds(Buffer.from(text)), undefined);
});

test("readElfNeeds() refuses a file that is cut off anywhere", () => {
  const whole = syntheticElf(program);
  for (let length = 4; length < whole.byteLength; length++) {
    assert.throws(() => readElfNeeds(whole.slice(0, length)), SyntaxError, `cut after ${length} bytes`);
  }
});

test("readElfNeeds() refuses 32 bits, and names that lie nowhere or do not end", () => {
  const narrow = syntheticElf(program);
  narrow[4] = 1;
  assert.throws(() => readElfNeeds(narrow), /64 bits/);
  const lost = syntheticElf(program);
  new DataView(lost.buffer).setBigUint64(64 + 3 * 56 + 8, 0x99n, true);
  assert.throws(() => readElfNeeds(lost), /in no segment/);
  const endless = Buffer.concat([syntheticElf({ libraries: ["x"] }).slice(0, -1), Buffer.alloc(10_000, "x")]);
  assert.throws(() => readElfNeeds(endless), /no end/);
});
