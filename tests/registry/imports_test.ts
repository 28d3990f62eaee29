import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../../registry", import.meta.url));

/** All that `registry/` may use: it is published alone one day, and runs wherever node: modules do (decision 0003). */
const allowed = new Set([
  "node:buffer",
  "node:crypto",
  "node:dns/promises",
  "node:fs",
  "node:fs/promises",
  "node:http",
  "node:https",
  "node:net",
  "node:path",
  "node:process",
  "node:stream",
  "node:tls",
  "node:util",
  "node:zlib",
  "node:timers/promises",
  "node:zlib",
  // What a version is, and which are in a range: a well-kept library, and only mirrors load it.
  "semver",
  // How a tar is spelled, which archives of images are: a well-kept library, and only archives load it.
  "tar-stream",
]);

const files = readdirSync(root, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".ts"))
  .map((name) => join(root, name));

function importsOf(file: string): string[] {
  const text = readFileSync(file, "utf8");
  return [...text.matchAll(/^(?:import|export|\}).*\sfrom "([^"]+)";$|\bimport\(\s*"([^"]+)"|^import "([^"]+)"/gm)].map(
    ([, from, dynamic, bare]) => from ?? dynamic ?? bare ?? "",
  );
}

test("registry/ has files to look at", () => assert.ok(files.length > 10));

for (const file of files) {
  test(`registry/${relative(root, file)} imports only its own folder and what the list allows`, () => {
    for (const name of importsOf(file)) {
      if (!name.startsWith(".")) assert.ok(allowed.has(name), `${name} is not in the list`);
      else assert.ok(!relative(root, resolve(dirname(file), name)).startsWith(".."), `${name} leaves the folder`);
    }
  });
}
