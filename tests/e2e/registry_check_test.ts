// What a store has lost on its disk is found while it is served, and comes again.
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openRegistryClient } from "../../registry/client/open_registry_client.ts";
import { type Digest, hexOf } from "../../registry/values/digest.ts";
import { openFaultyServer } from "../registry/client/faulty_server.ts";
import { collect, pushImage, type Specimen } from "../registry/conformance/specimens.ts";
import { testOnBinary } from "./cases.ts";
import { runCommand } from "./command.ts";
import { openStoreFolder, serveRegistry } from "./served_registry.ts";

function layerOf({ bytes }: Specimen): Digest {
  return JSON.parse(Buffer.from(bytes).toString()).layers[0].digest;
}

testOnBinary("registry check finds what has rotted in a store, and --remove has it come again", async (binary) => {
  await using folder = await openStoreFolder();
  await using upstream = await openFaultyServer(() => "pass");
  const cached = await pushImage(upstream.registry, "app", ["v1"]);
  const rot = async (digest: Digest) => {
    const path = join(folder.path, "blobs", "sha256", hexOf(digest));
    await writeFile(path, (await readFile(path)).fill(0));
  };
  const check = async (...flags: string[]) => {
    const words = [binary, "registry", "check", "--store", folder.path, ...flags];
    const { end, stdout, stderr } = await runCommand(words, { env: {} });
    assert.equal(stderr, "");
    return { end, lines: stdout.trimEnd().split("\n") };
  };
  const own = await (async () => {
    await using served = await serveRegistry(binary, ["--store", folder.path, "--upstream", `lab=${upstream.host}`]);
    using client = openRegistryClient(served.host);
    const pushed = await pushImage(client, "team/app", ["v1", "v2"]);
    const read = async () => {
      await using content = await client.getBlob("lab/app", layerOf(cached));
      return await collect(content.body);
    };
    await client.getManifest("lab/app", "v1");
    const bytes = await read();
    const well = await check();
    assert.equal(well.end, 0, "the config that nobody has asked for is no fault of a cache");
    assert.match(well.lines.join("\n"), /^checked 5 files of .*, 2 manifests in 2 repositories: nothing is wrong$/);
    await rot(layerOf(cached));
    await rot(layerOf(pushed));
    const found = await check("--bandwidth", "1g");
    assert.equal(found.end, 1);
    const text = found.lines.join("\n");
    assert.match(text, new RegExp(`^${layerOf(cached)}: .*; in lab/app \\(v1\\); .*--remove`, "m"));
    assert.match(text, new RegExp(`^${layerOf(pushed)}: .*; in team/app \\(v1, v2\\); .*--remove`, "m"));
    assert.match(text, /: 2 faults$/);
    const removed = await check("--remove", "--json");
    assert.equal(removed.end, 1);
    const lines = removed.lines.map((line) => JSON.parse(line));
    assert.deepEqual(
      lines.map(({ step, kind, digest, faults }) => kind ?? faults ?? { step, digest }),
      ["content", "content", 2],
    );
    const { repositories, mend } = lines.find(({ digest }) => digest === layerOf(cached));
    assert.deepEqual(repositories, [{ repository: "lab/app", tags: ["v1"], comes: "from upstream" }]);
    assert.match(mend, /removed; it comes from upstream/);
    assert.match(lines.find(({ digest }) => digest === layerOf(pushed)).mend, /stay while the store is served/);
    assert.deepEqual(await read(), bytes);
    return pushed;
  })();
  const after = await check();
  assert.equal(after.end, 1);
  assert.match(after.lines[0] ?? "", new RegExp(`^${layerOf(own)}: it is not there; in team/app \\(v1, v2\\); push`));
  assert.match((await check("--remove")).lines[0] ?? "", /its tags are removed: mirror or push it again/);
  await using again = await serveRegistry(binary, ["--store", folder.path]);
  using client = openRegistryClient(again.host);
  assert.deepEqual(await Array.fromAsync(client.listTags("team/app")), []);
  await client.getManifest("team/app", own.descriptor.digest);
});

testOnBinary("registry gc leaves a repository as it is that it cannot read, and says which", async (binary) => {
  await using folder = await openStoreFolder();
  const image = await (async () => {
    await using served = await serveRegistry(binary, ["--store", folder.path]);
    using client = openRegistryClient(served.host);
    await pushImage(client, "fine", ["v1"]);
    return await pushImage(client, "team/app", ["v1"]);
  })();
  const path = join(folder.path, "blobs", "sha256", hexOf(image.descriptor.digest));
  await writeFile(path, (await readFile(path)).fill(0));
  const collect = async (...flags: string[]) =>
    await runCommand([binary, "registry", "gc", "--store", folder.path, ...flags], { env: {} });
  const { end, stdout, stderr } = await collect();
  assert.deepEqual({ end, stdout }, { end: 1, stdout: "removed 0 manifests, 0 blobs and 0 uploads, freed 0 bytes\n" });
  assert.match(
    stderr,
    /^mesos-docker: "team\/app" keeps all it has: Cannot read "sha256:.*": .* \(registry check tells more, and takes out what is rotten with --remove\)\n$/,
  );
  const { stdout: line, ...rest } = await collect("--json");
  assert.deepEqual({ end: rest.end, stderr: rest.stderr }, { end: 1, stderr: "" });
  const [{ repository, code }, ...others] = JSON.parse(line).passedOver;
  assert.deepEqual([repository, code, others], ["team/app", "CORRUPT", []]);
});
