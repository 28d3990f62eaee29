// Mirrors between two registries that the compiled program serves.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openRegistryClient } from "../../registry/mod.ts";
import { list, pushImage } from "../registry/conformance/specimens.ts";
import { testOnBinary } from "./cases.ts";
import { runCommand } from "./command.ts";
import { openStoreFolder, serveRegistry } from "./served_registry.ts";

testOnBinary("registry mirror, copy, ls and rm do what they say", async (binary) => {
  await using folder = await openStoreFolder();
  await using from = await serveRegistry(binary, ["--memory"]);
  await using to = await serveRegistry(binary, ["--memory"]);
  using source = openRegistryClient(from.host);
  using target = openRegistryClient(to.host);
  for (const tag of ["1.0.0", "1.1.0", "2.0.0", "edge"]) await pushImage(source, "team/app", [tag]);
  const path = join(folder.path, "mirror.yaml");
  const tags = "{ semver: '>=1', newest: 2 }";
  const where = `source: http://${from.host}/team/app, targets: [http://${to.host}/mirror/app]`;
  await writeFile(path, `repositories: [{ ${where}, tags: ${tags}, deleteExtraneous: { maximumPercent: 60 } }]\n`);
  const run = async (...words: string[]) => {
    const { end, stdout, stderr } = await runCommand([binary, "registry", ...words]);
    assert.equal(end, 0, stderr);
    return stdout.trim().split("\n");
  };
  const planned = (await run("mirror", path, "--dry-run", "--json")).map((line) => JSON.parse(line));
  assert.deepEqual(
    planned.map(({ step, tag }) => [step, tag]),
    [
      ["add", "1.1.0"],
      ["add", "2.0.0"],
      ["plan", undefined],
    ],
  );
  await assert.rejects(list(target.listTags("mirror/app")), "nothing was written");
  const done = (await run("mirror", path, "--json")).map((line) => JSON.parse(line));
  assert.equal(done.at(-1).bytes, planned.at(-1).bytes, "it moved what it had said");
  assert.deepEqual(await list(target.listTags("mirror/app")), ["1.1.0", "2.0.0"]);
  assert.deepEqual(await run("mirror", path), [`http://${to.host}/mirror/app: total, 0 bytes`]);
  await pushImage(source, "team/app", ["3.0.0"]);
  assert.equal((await run("mirror", path)).length, 3);
  assert.deepEqual(await run("ls", `${to.host}/mirror/app`), ["2.0.0", "3.0.0"]);
  const [copied = ""] = await run("copy", `${from.host}/team/app:edge`, `${to.host}/copy/app:edge`);
  assert.match(copied, /^sha256:[0-9a-f]{64} copied, \d+ bytes$/);
  assert.deepEqual(await run("rm", `${to.host}/copy/app:edge`), [`${to.host}/copy/app:edge removed`]);
  assert.equal((await runCommand([binary, "registry", "rm", `${to.host}/copy/app:edge`])).end, 1);
});

testOnBinary("registry mirror goes on with the other tags when a source is away, and fails", async (binary) => {
  await using folder = await openStoreFolder();
  await using to = await serveRegistry(binary, ["--memory"]);
  const path = join(folder.path, "mirror.yaml");
  const target = `http://${to.host}/app`;
  await writeFile(
    path,
    `repositories: [{ source: "http://127.0.0.1:1/app", targets: ["${target}"], tags: { names: [v1] } }]\n`,
  );
  const { end, stdout } = await runCommand([binary, "registry", "mirror", path, "--json"]);
  assert.equal(end, 1);
  assert.match(JSON.parse(stdout).error, /Cannot reach|refused|connect/i);
});

testOnBinary("registry mirror names every fault of a file", async (binary) => {
  await using folder = await openStoreFolder();
  const path = join(folder.path, "mirror.yaml");
  await writeFile(path, "repositories: [{ source: a, tags: { newest: 0 } }]\n");
  const { end, stderr } = await runCommand([binary, "registry", "mirror", path]);
  assert.equal(end, 1);
  assert.match(stderr, /line 1: missing key "repositories\[0\].targets"/);
  assert.match(stderr, /line 1: "repositories\[0\].tags.newest" is 0, expected a whole number above 0/);
});
