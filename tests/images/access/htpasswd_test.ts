import assert from "node:assert/strict";
import { test } from "node:test";
import { parseBasic, parseHtpasswd } from "../../../src/images/access/htpasswd.ts";

const path = "/etc/htpasswd";
const hash = "$2y$05$abcdefghijklmnopqrstuuWyFu.JXxVWRKjZkF8DUDMm3NvQ2u9Nu";

test("parseHtpasswd() reads names and hashes, and passes over comments and empty lines", () => {
  const hashes = parseHtpasswd(`# people\r\n\nalice:${hash}\nbob:${hash}\n`, path);
  assert.deepEqual(
    [...hashes],
    [
      ["alice", hash],
      ["bob", hash],
    ],
  );
});

const broken: readonly (readonly [string, string])[] = [
  ["", ": found no name in it"],
  ["alice", ', line 1: found no "name:hash"'],
  [`:${hash}`, ', line 1: found no "name:hash"'],
  [`a:${hash}\nbob:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=`, ", line 2: found a hash that is not of bcrypt (htpasswd -B)"],
  [`a:${hash}x`, ", line 1: found a hash that is not of bcrypt (htpasswd -B)"],
  [`a:${hash}\na:${hash}`, ", line 2: found a name for the second time"],
];
for (const [text, found] of broken) {
  test(`parseHtpasswd() refuses ${JSON.stringify(text.slice(0, 20))}${found.slice(0, 40)}`, () => {
    const message = `Cannot read password file "${path}"${found}`;
    assert.throws(() => parseHtpasswd(text, path), { name: "SyntaxError", message });
  });
}

const encode = (text: string) => Buffer.from(text).toString("base64");
const headers: readonly (readonly [string | undefined, ReturnType<typeof parseBasic>])[] = [
  [`Basic ${encode("alice:se:cret")}`, { name: "alice", password: "se:cret" }],
  [`basic ${encode("ü:")}`, { name: "ü", password: "" }],
  [`Basic ${encode("alice")}`, undefined],
  ["Basic !", undefined],
  [`Bearer ${encode("a:b")}`, undefined],
  ["", undefined],
  [undefined, undefined],
];
for (const [header, expected] of headers) {
  test(`parseBasic() makes ${JSON.stringify(expected)} of ${header}`, () => {
    assert.deepEqual(parseBasic(header), expected);
  });
}
