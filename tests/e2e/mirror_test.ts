// Mirrors between two registries that the compiled program serves.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openRegistryClient } from "../../registry/mod.ts";
import { indexOf, list, prepareImage, pushImage, pushManifest } from "../registry/conformance/specimens.ts";
import { testOnBinary } from "./cases.ts";
import { runCommand } from "./command.ts";
import { hasDistribution, serveDistribution } from "./distribution.ts";
import { openUpstream, pushRandomImage } from "./pull_scene.ts";
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
  assert.deepEqual(planned.at(-1).tags, { same: 0, add: 2, update: 0, delete: 0, missing: 0 });
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
  const lines = await run("mirror", path);
  assert.equal(lines.length, 3);
  assert.equal(lines[1], `http://${to.host}/mirror/app: delete 1.1.0, 0 bytes, kept as deleted-1.1.0`);
  assert.deepEqual(await run("ls", `${to.host}/mirror/app`), ["2.0.0", "3.0.0", "deleted-1.1.0"]);
  const [copied = ""] = await run("copy", `${from.host}/team/app:edge`, `${to.host}/copy/app:edge`);
  assert.match(copied, /^sha256:[0-9a-f]{64} copied, \d+ bytes$/);
  assert.deepEqual(await run("rm", `${to.host}/copy/app:edge`), [`${to.host}/copy/app:edge removed`]);
  const again = await runCommand([binary, "registry", "rm", "--json", `${to.host}/copy/app:edge`]);
  assert.deepEqual([again.end, again.stderr], [1, ""]);
  assert.match(JSON.parse(again.stdout).error, /Cannot find manifest "edge"/);
});

testOnBinary(
  "registry mirror copies what is new when it may not delete what leaves the choice, and fails",
  async (binary) => {
    await using folder = await openStoreFolder();
    await using from = await serveRegistry(binary, ["--memory"]);
    await using to = await serveRegistry(binary, ["--memory"]);
    using source = openRegistryClient(from.host);
    using target = openRegistryClient(to.host);
    const path = join(folder.path, "mirror.yaml");
    const where = `source: http://${from.host}/app, targets: [http://${to.host}/app]`;
    await writeFile(path, `repositories: [{ ${where}, tags: { newest: 2 }, deleteExtraneous: {} }]\n`);
    const run = (...flags: string[]) => runCommand([binary, "registry", "mirror", path, ...flags]);
    for (const tag of ["1.0.0", "1.1.0"]) await pushImage(source, "app", [tag]);
    assert.equal((await run()).end, 0);
    await pushImage(source, "app", ["1.2.0"]);
    const found =
      'Cannot delete tags of "app": 1 of 2 tags would be, more than 20 per cent; allow 50 by maximumPercent';
    for (const flags of [["--dry-run"], []]) {
      const { end, stdout } = await run(...flags);
      assert.equal(end, 1, stdout);
      assert.ok(stdout.includes(`http://${to.host}/app: cannot delete: ${found}`), stdout);
      assert.match(stdout, flags.length > 0 ? /: plan, [1-9]\d* bytes\n/ : /: add 1\.2\.0, /);
    }
    assert.deepEqual(await list(target.listTags("app")), ["1.0.0", "1.1.0", "1.2.0"]);
    const lines = (await run("--json")).stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    assert.deepEqual(
      lines.map(({ step, code }) => [step, code]),
      [
        ["delete", "DENIED"],
        ["total", undefined],
      ],
    );
  },
);

testOnBinary("registry rm removes nothing when one of the images has neither a tag nor a digest", async (binary) => {
  await using served = await serveRegistry(binary, ["--memory"]);
  using registry = openRegistryClient(served.host);
  await pushImage(registry, "team/app", ["latest", "v1"]);
  const name = `${served.host}/team/app`;
  const { end, stdout, stderr } = await runCommand([binary, "registry", "rm", `${name}:v1`, name]);
  assert.deepEqual([end, stdout], [2, ""]);
  const found = `Cannot remove "${name}": found neither a tag nor a digest, expected "${name}:<tag>" or "${name}@sha256:…"`;
  assert.equal(stderr, `mesos-docker: ${found}\n`);
  assert.deepEqual(await list(registry.listTags("team/app")), ["latest", "v1"]);
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

testOnBinary(
  "registry mirror ends with 3 for content that is not what its digest promises, as copy does",
  async (binary) => {
    await using folder = await openStoreFolder();
    await using from = await openUpstream({ honesty: "corrupt" });
    await using to = await serveRegistry(binary, ["--memory"]);
    await pushRandomImage(from.content, "app", "v1", [20_000]);
    const path = join(folder.path, "mirror.yaml");
    const [source, target] = [`http://${from.host}/app`, `http://${to.host}/app`];
    const away = `{ source: "http://127.0.0.1:1/app", targets: ["${target}"], tags: { names: [v1] } }`;
    await writeFile(
      path,
      `repositories: [{ source: ${source}, targets: [${target}], tags: { names: [v1] } }, ${away}]\n`,
    );
    const mirrored = await runCommand([binary, "registry", "mirror", path, "--json"]);
    assert.equal(mirrored.end, 3, mirrored.stdout + mirrored.stderr);
    const codes = mirrored.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line).code);
    assert.ok(codes.includes("CORRUPT") && codes.includes("UNAVAILABLE"), mirrored.stdout);
    assert.equal((await runCommand([binary, "registry", "copy", `${source}:v1`, `${target}:v1`])).end, 3);
  },
);

testOnBinary("registry mirror names every fault of a file", async (binary) => {
  await using folder = await openStoreFolder();
  const path = join(folder.path, "mirror.yaml");
  await writeFile(path, "repositories: [{ source: a, tags: { newest: 0 } }]\n");
  const { end, stderr } = await runCommand([binary, "registry", "mirror", path]);
  assert.equal(end, 1);
  assert.match(stderr, /line 1: missing key "repositories\[0\].targets"/);
  assert.match(stderr, /line 1: "repositories\[0\].tags.newest" is 0, expected a whole number above 0/);
});

if (hasDistribution) {
  testOnBinary(
    "registry mirror keeps Debian's docker-registry in step, which takes no index with images that are missing (J 12)",
    async (binary) => {
      await using folder = await openStoreFolder();
      await using from = await serveRegistry(binary, ["--memory"]);
      await using to = await serveDistribution(folder.path);
      using source = openRegistryClient(from.host);
      using target = openRegistryClient(to.host);
      const images = [];
      for (const architecture of ["amd64", "arm64"]) {
        const image = await prepareImage(source, "app");
        await pushManifest(source, "app", image);
        images.push({ ...image, descriptor: { ...image.descriptor, platform: { os: "linux", architecture } } });
      }
      await pushManifest(source, "app", indexOf(images), ["v1"]);
      await pushImage(source, "app", [], { subject: images[1]?.descriptor });
      const path = join(folder.path, "mirror.yaml");
      const where = `source: http://${from.host}/app, targets: [http://${to.host}/app]`;
      await writeFile(path, `repositories: [{ ${where}, platforms: [linux/arm64], referrers: true }]\n`);
      const run = async (...flags: string[]) => {
        const { end, stdout, stderr } = await runCommand([binary, "registry", "mirror", path, "--json", ...flags]);
        assert.equal(end, 0, stdout + stderr);
        return stdout
          .trim()
          .split("\n")
          .map((line) => JSON.parse(line));
      };
      const [added, total] = await run();
      assert.equal(added.rewritten, (await target.statManifest("app", "v1")).digest);
      assert.equal(total.bytes, added.bytes);
      const referrers = await list(target.listReferrers("app", images[1]!.descriptor.digest));
      assert.equal(referrers.length, 1, "by the tag that stands in for the API (J 13)");
      assert.deepEqual(
        (await run()).map(({ step, bytes }) => [step, bytes]),
        [["total", 0]],
      );
    },
  );

  for (const deletions of ["on", "off"] as const) {
    testOnBinary(
      `backups do not pile up in docker-registry, whose deletions of manifests are ${deletions}`,
      async (binary) => {
        await using folder = await openStoreFolder();
        await using from = await serveRegistry(binary, ["--memory"]);
        await using to = await serveDistribution(folder.path, { deletions });
        using source = openRegistryClient(from.host);
        using target = openRegistryClient(to.host);
        const path = join(folder.path, "mirror.yaml");
        const where = `source: http://${from.host}/app, targets: [http://${to.host}/app]`;
        const rules = "tags: { semver: '>=1', newest: 1 }, deleteExtraneous: { maximumPercent: 100 }";
        await writeFile(path, `repositories: [{ ${where}, ${rules} }]\n`);
        const ends: unknown[] = [];
        for (const tag of ["1.0.0", "2.0.0", "3.0.0"]) {
          await pushImage(source, "app", [tag]);
          ends.push((await runCommand([binary, "registry", "mirror", path])).end);
        }
        const tags = (await list(target.listTags("app"))).sort();
        if (deletions === "off") {
          assert.deepEqual(ends, [0, 1, 1]);
          assert.deepEqual(tags, ["1.0.0", "2.0.0", "3.0.0"]);
          return;
        }
        assert.deepEqual(ends, [0, 0, 0]);
        assert.deepEqual(tags, ["3.0.0", "deleted-1.0.0", "deleted-2.0.0"]);
        const { digest } = await target.statManifest("app", "deleted-1.0.0");
        assert.equal(digest, (await source.statManifest("app", "1.0.0")).digest);
        // All that it needs is there still.
        const copied = await runCommand([
          binary,
          "registry",
          "copy",
          `${to.host}/app:deleted-1.0.0`,
          `${from.host}/again:1`,
        ]);
        assert.equal(copied.end, 0, copied.stderr);
      },
    );
  }
}
