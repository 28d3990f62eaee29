import assert from "node:assert/strict";
import { test } from "node:test";
import { createUuid, formatUuid, isUuid, parseUuid } from "../../src/mesos/uuid.ts";
import { readRecording, scenarios } from "../fakes/recording.ts";

const text = "16a771ad-14cb-48dd-86ff-a8a130250932";

test("createUuid() gives 16 bytes of version 4 and variant RFC 4122, never the same twice", () => {
  const seen = new Set<string>();
  for (let count = 0; count < 1000; count++) {
    const uuid = createUuid();
    assert.equal(uuid.length, 16);
    assert.equal(uuid[6]! >> 4, 4);
    assert.equal(uuid[8]! >> 6, 0b10);
    assert.ok(isUuid(uuid));
    seen.add(formatUuid(uuid));
  }
  assert.equal(seen.size, 1000);
});

test("parseUuid() and formatUuid() undo each other", () => {
  const uuid = parseUuid(text);
  assert.deepEqual([...uuid.subarray(0, 3), uuid[15]], [0x16, 0xa7, 0x71, 0x32]);
  assert.equal(formatUuid(uuid), text);
  assert.equal(formatUuid(parseUuid(text.toUpperCase())), text);
});

for (const broken of ["", text.slice(1), `${text}0`, text.replace("a", "g"), ` ${text}`]) {
  test(`parseUuid() refuses ${JSON.stringify(broken)}`, () => {
    assert.throws(() => parseUuid(broken), {
      name: "SyntaxError",
      message: `Cannot parse UUID "${broken}": expected 32 hexadecimal digits`,
    });
  });
}

test("isUuid() accepts every uuid that a real agent accepted", () => {
  const uuids = scenarios.flatMap((scenario) =>
    readRecording(scenario).calls.flatMap(({ call }) => call.update?.status?.uuid ?? []),
  );
  assert.equal(uuids.length, 24);
  for (const uuid of uuids) assert.ok(isUuid(uuid), formatUuid(uuid));
});

test("isUuid() refuses other lengths, versions and variants", () => {
  const uuid = parseUuid(text);
  const changed = (index: number, value: number) => uuid.with(index, value);
  assert.equal(isUuid(new Uint8Array()), false);
  assert.equal(isUuid(uuid.subarray(1)), false);
  assert.equal(isUuid(new Uint8Array([...uuid, 0])), false);
  assert.equal(isUuid(changed(6, 0x08)), false, "version 0");
  assert.equal(isUuid(changed(6, 0x68)), false, "version 6");
  assert.equal(isUuid(changed(6, 0x18)), true, "version 1");
  assert.equal(isUuid(changed(8, 0x06)), false, "variant NCS");
  assert.equal(isUuid(changed(8, 0xc6)), false, "variant Microsoft");
});
