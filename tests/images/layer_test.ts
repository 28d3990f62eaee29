import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { test } from "node:test";
import { extract, type Header } from "tar-stream";
import { type LayerEntry, normalizePath, packLayer } from "./layer.ts";

const file = (path: string, text = "x", mode = 0o644): LayerEntry => ({
  kind: "file",
  path,
  mode,
  content: Buffer.from(text),
});

async function members(tar: Uint8Array): Promise<{ header: Header; text: string }[]> {
  const found: { header: Header; text: string }[] = [];
  for await (const member of Readable.from([tar]).pipe(extract())) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of member) chunks.push(chunk as Uint8Array);
    found.push({ header: member.header, text: Buffer.concat(chunks).toString() });
  }
  return found;
}

test("normalizePath() brings paths into one form", () => {
  const rows = [
    ["./", ""],
    ["./usr/bin/", "usr/bin"],
    ["usr//bin/./x", "usr/bin/x"],
    ["/etc/passwd", "etc/passwd"],
    ["./lib/x86_64-linux-gnu/libc.so.6", "usr/lib/x86_64-linux-gnu/libc.so.6"],
    ["bin/busybox", "usr/bin/busybox"],
    ["lib64/ld.so", "usr/lib64/ld.so"],
    ["./lib", "lib"],
    ["library/x", "library/x"],
    ["a/..b/c..", "a/..b/c.."],
  ] as const;
  for (const [given, expected] of rows) assert.equal(normalizePath(given), expected, given);
});

test("normalizePath() refuses paths that leave the layer", () => {
  for (const path of ["..", "../etc/passwd", "usr/../../x", "a/..", "/..", "a\0b"]) {
    assert.throws(() => normalizePath(path), SyntaxError, path);
  }
});

test("packLayer() gives the same bytes for the same entries in any order", async () => {
  const entries = [
    file("usr/bin/b"),
    file("usr-x"),
    file("a"),
    { kind: "link", path: "usr/bin/a", target: "b" } as const,
  ];
  const first = await packLayer(entries);
  const second = await packLayer([...entries].reverse());
  assert.deepEqual(first, second);
  assert.equal(first.digest, createHash("sha256").update(first.tar).digest("hex"));
  assert.deepEqual(await packLayer([]), await packLayer([]));
});

test("packLayer() adds parents, before their children, and leaves no trace of time and owner", async () => {
  const folder = { kind: "folder", path: "tmp", mode: 0o1777 } as const;
  const packed = await members((await packLayer([file("usr/bin/b", "text", 0o755), file("usr-x"), folder])).tar);
  assert.deepEqual(
    packed.map(({ header, text }) => [header.name, header.type, header.mode, text]),
    [
      ["tmp/", "directory", 0o1777, ""],
      ["usr/", "directory", 0o755, ""],
      ["usr-x", "file", 0o644, "x"],
      ["usr/bin/", "directory", 0o755, ""],
      ["usr/bin/b", "file", 0o755, "text"],
    ],
  );
  for (const { header } of packed) {
    assert.deepEqual([header.uid, header.gid, header.uname, header.gname], [0, 0, "", ""]);
    assert.equal(header.mtime?.getTime(), 0);
  }
});

test("packLayer() keeps odd names as they are", async () => {
  const names = [
    "a b",
    "-rf",
    "ü→\u{1f433}",
    'quote"\\back',
    "new\nline",
    `${"d/".repeat(60)}${"n".repeat(120)}`,
    "n".repeat(255),
  ];
  const links = names.map((name): LayerEntry => ({ kind: "link", path: `links/${name}`, target: name }));
  const packed = await members((await packLayer([...names.map((name) => file(name, name)), ...links])).tar);
  for (const name of names) {
    assert.equal(packed.find(({ header }) => header.name === name)?.text, name);
    assert.equal(packed.find(({ header }) => header.name === `links/${name}`)?.header.linkname, name);
  }
});

test("packLayer() refuses two entries of one path, but takes a folder twice", async () => {
  await assert.rejects(packLayer([file("a"), file("a")]), /two entries claim "a"/);
  await assert.rejects(packLayer([file("a"), { kind: "folder", path: "a", mode: 0o755 }]), /two entries claim "a"/);
  const folder = { kind: "folder", path: "a", mode: 0o700 } as const;
  assert.equal((await members((await packLayer([folder, folder])).tar)).length, 1);
});
