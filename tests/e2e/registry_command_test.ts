// What the commands about registries say of what is not there, or cannot be meant.
import assert from "node:assert/strict";
import { access, mkdir } from "node:fs/promises";
import { join } from "node:path";
import { openFixture } from "../fakes/own_runtime.ts";
import { testOnBinary } from "./cases.ts";
import { runCommand } from "./command.ts";

testOnBinary("what is not there is told by its name in one line, and nothing is made of it", async (binary) => {
  await using folder = await openFixture();
  const none = join(folder.path, "none");
  const file = await folder.write("file", "");
  const plain = await folder.write("plain", "alice:secret");
  const empty = join(folder.path, "empty");
  await mkdir(empty);
  const serve = ["serve", "--listen", "127.0.0.1:0"];
  const cases: [words: string[], end: number, found: RegExp][] = [
    [["gc", "--store", none], 1, /Cannot collect ".*none": it is no store of images/],
    [["gc", "--store", empty], 1, /Cannot collect ".*empty": it is no store of images/],
    [["copy", `oci:${none}`, "127.0.0.1:1/a:b"], 1, /Cannot read ".*none": ENOENT/],
    [["copy", `oci:${empty}`, "127.0.0.1:1/a:b"], 3, /Cannot read ".*empty": "oci-layout" is not there/],
    [["copy", "--platform", "bogus", "127.0.0.1:1/a:b", "127.0.0.1:1/a:c"], 2, /Expected os\/architecture/],
    [["mirror", none], 1, /Cannot read ".*none": ENOENT/],
    [["ls", "A B"], 2, /Cannot parse reference "A B"/],
    [[...serve, "--store", file], 1, /Cannot open store ".*file": ENOTDIR/],
    [[...serve, "--memory", "--htpasswd", empty], 1, /Cannot read password file ".*empty": EISDIR/],
    [
      [...serve, "--memory", "--htpasswd", plain],
      1,
      /Cannot read password file ".*plain", line 1: found a hash that is not of/,
    ],
  ];
  for (const [words, code, found] of cases) {
    const { end, stdout, stderr } = await runCommand([binary, "registry", ...words], { env: {} });
    assert.equal(end, code, words.join(" "));
    assert.match(stderr, found);
    assert.equal(stderr.trim().split("\n").length, 1, stderr);
    assert.equal(stdout, "");
  }
  await assert.rejects(access(none));
  await assert.rejects(access(join(empty, "repositories")));
});

testOnBinary("the help of registry serve tells where it listens as one says it", async (binary) => {
  const { stdout } = await runCommand([binary, "registry", "serve", "--help"], { env: {} });
  assert.match(stdout, /\(default: 127\.0\.0\.1:5000\)/);
});
