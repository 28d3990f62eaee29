import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { randomBytes } from "node:crypto";
import { test } from "node:test";
import { normalizeMemberName, readJsonMember, readMember } from "../../../registry/archive/members.ts";
import { openTarMembers } from "../../../registry/archive/tar_members.ts";
import { largestManifestBytes } from "../../../registry/values/manifest.ts";
import { collect } from "../conformance/specimens.ts";
import { bytesAt, type TestMember, tarOf } from "./tars.ts";

function open(tar: Uint8Array) {
  return openTarMembers(bytesAt(tar), "a.tar");
}

async function refused(tar: Uint8Array, message: RegExp, read?: string): Promise<void> {
  await assert.rejects(
    async () => {
      const members = await open(tar);
      assert.ok(read !== undefined, "it was opened");
      await readMember(members, read);
    },
    { name: "RegistryError", code: "CORRUPT", message },
  );
}

const names: readonly [string, string | undefined][] = [
  ["a/b", "a/b"],
  ["./a//b/.", "a/b"],
  ["a/../b", "b"],
  ["./", ""],
  ["a/../../b", undefined],
  ["../a/..", undefined],
  ["/a", undefined],
  ["a\0b", undefined],
];
for (const [name, normal] of names) {
  test(`normalizeMemberName() takes ${JSON.stringify(name)} for ${JSON.stringify(normal)}`, () => {
    assert.equal(normalizeMemberName(name), normal);
  });
}

test("members of a tar are read in place, long ones and those behind them as well", async () => {
  const long = randomBytes(3 * 2 ** 20 + 17);
  const deep = `${"d".repeat(90)}/${"e".repeat(90)}/${"f".repeat(90)}`;
  const members = await open(
    await tarOf([
      ["long", long],
      ["./small", "abcdef"],
      ["folder", "", { type: "directory" }],
      [deep, "deep"],
      ["none", ""],
      ["longer", long],
      ["last", "z"],
    ]),
  );
  assert.equal(await members.stat("long"), long.byteLength);
  assert.deepEqual(await collect(members.read("longer")), long);
  assert.deepEqual(
    await collect(members.read("long", { first: 2 ** 20, last: 2 ** 20 + 9 })),
    long.subarray(2 ** 20, 2 ** 20 + 10),
  );
  assert.equal(String(await readMember(members, "small")), "abcdef");
  assert.equal(String(await collect(members.read("small", { first: 2, last: 99 }))), "cdef");
  assert.equal(String(await readMember(members, deep)), "deep");
  assert.equal(String(await readMember(members, "none")), "");
  assert.equal(String(await readMember(members, "last")), "z");
  assert.equal(await members.stat("folder"), undefined);
  assert.equal(await members.stat("gone"), undefined);
});

test("links lead to other members of the same tar", async () => {
  const members = await open(
    await tarOf([
      ["a/layer.tar", "bytes"],
      ["b/layer.tar", "", { type: "symlink", linkname: "../a/layer.tar" }],
      ["c/layer.tar", "", { type: "link", linkname: "b/layer.tar" }],
    ]),
  );
  for (const name of ["a", "b", "c"]) assert.equal(String(await readMember(members, `${name}/layer.tar`)), "bytes");
});

const hostileLinks: readonly [string, TestMember[], RegExp][] = [
  ["to an absolute path", [["m", "", { type: "symlink", linkname: "/etc/passwd" }]], /leads out of it/],
  ["out of it", [["a/m", "", { type: "symlink", linkname: "../../etc/passwd" }]], /leads out of it/],
  ["to a hard link out of it", [["a/m", "", { type: "link", linkname: "../x" }]], /leads out of it/],
  ["to nothing", [["m", "", { type: "symlink", linkname: "gone" }]], /link to "gone", which is not there/],
  [
    "in a circle",
    [
      ["m", "", { type: "symlink", linkname: "n" }],
      ["n", "", { type: "symlink", linkname: "m" }],
    ],
    /link through more than 10/,
  ],
  ["to a device", [["m", "", { type: "character-device", devmajor: 1, devminor: 5 }]], /is a character-device/],
  ["to a pipe", [["m", "", { type: "fifo" }]], /is a fifo/],
];
for (const [title, members, message] of hostileLinks) {
  test(`a member that leads ${title} is refused`, async () => {
    const name = members[0]![0];
    await refused(await tarOf([["other", "x"], ...members]), message, name);
  });
}

test("a tar with a name that leads out of it is refused", async () => {
  await refused(await tarOf([["../../etc/cron.d/x", "x"]]), /"\.\.\/\.\.\/etc\/cron\.d\/x" leads out of it/);
  await refused(await tarOf([["/etc/cron.d/x", "x"]]), /leads out of it/);
});

test("a tar that has a name twice is refused, because tools disagree on which of them counts", async () => {
  const twice: TestMember[] = [
    ["manifest.json", "[]"],
    ["./manifest.json", "{}"],
  ];
  await refused(await tarOf(twice), /"\.\/manifest\.json" is there twice/);
});

test("a tar with a name that is too long is refused", async () => {
  await refused(await tarOf([["n".repeat(5000), ""]]), /a name of 5000 characters/);
});

test("a sparse file is refused", async () => {
  const pax = { "GNU.sparse.major": "1", "GNU.sparse.realsize": "99999999999" };
  await refused(await tarOf([["m", "x", { pax } as object]]), /is a sparse file/, "m");
  const old = await tarOf([["m", "x"]]);
  await refused(
    withHeader(old, (header) => header.write("S", 156)),
    /file of unknown type/,
    "m",
  );
});

test("a tar that is cut off is refused, wherever that is", async () => {
  const tar = await tarOf([
    ["small", "abc"],
    ["long", randomBytes(2 * 2 ** 20)],
  ]);
  await refused(tar.subarray(0, 514), /begins at 512, but there are 514 in all/);
  await refused(tar.subarray(0, 2 ** 20), /member "long" has 2097152 bytes/);
});

test("what is no tar, and what stands behind the end of one, is refused", async () => {
  const tar = await tarOf([["small", "abc"]]);
  const strangers = [Buffer.alloc(0), Buffer.from("no tar"), randomBytes(4096), tar.subarray(0, 300)];
  for (const bytes of strangers) {
    await assert.rejects(open(bytes), {
      code: "MANIFEST_UNKNOWN",
      message: /found (?:nothing|no tar), expected images/,
    });
  }
  await refused(Buffer.concat([await tarOf([["a", "b"]]), randomBytes(2048)]), /no whole tar/);
});

test("sizes that nothing can have are refused", async () => {
  const tar = await tarOf([["a", "b"]]);
  const huge = withHeader(tar, (header) => header.fill(0xff, 125, 136).writeUInt8(0x80, 124));
  await refused(huge, /has \d+(\.\d+e\+\d+)? bytes|no whole tar/);
  await refused(
    withHeader(tar, (header) => header.fill(0xff, 124, 136)),
    /no whole tar|has -/,
  );
  await refused(await tarOf([["a", "b", { pax: { size: "-5" } } as object]]), /no whole tar/);
  await refused(await tarOf([["a", "b", { pax: { size: "nonsense" } } as object]]), /no whole tar/);
  await refused(await tarOf([["a", "b", { pax: { size: "9007199254740993" } } as object]]), /bytes and begins at/);
});

test("a file of JSON above the size of a manifest, or which is none, is refused before it is parsed", async () => {
  const members = await open(
    await tarOf([
      ["manifest.json", Buffer.alloc(largestManifestBytes + 1, " ")],
      ["bad.json", "[1,"],
      ["latin.json", Buffer.from([0x22, 0xff, 0x22])],
    ]),
  );
  await assert.rejects(readJsonMember(members, "manifest.json"), /has 8388609 bytes, expected at most 8388608/);
  await assert.rejects(readJsonMember(members, "bad.json"), /"bad.json" is no JSON/);
  await assert.rejects(readJsonMember(members, "latin.json"), /"latin.json" is no JSON/);
  await assert.rejects(readJsonMember(members, "gone.json"), /"gone.json" is not there/);
});

/** A tar whose first header was changed, with the checksum that it then has. */
function withHeader(tar: Buffer, change: (header: Buffer) => unknown): Buffer {
  const changed = Buffer.from(tar);
  const header = changed.subarray(0, 512);
  change(header);
  header.fill(" ", 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return changed;
}
