// Archives of several images, by the compiled program: from daemon and registries, into daemons.
import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdir, open, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync, zstdCompressSync } from "node:zlib";
import type { Engine } from "../../src/docker/mod.ts";
import { type DockerBench, testOnDocker } from "./cases.ts";
import { type CommandResult, runCommand } from "./command.ts";
import { withDaemonsId } from "./image_id.ts";
import { openUpstream, type PushedImage, pushRandomImage, type Upstream } from "./pull_scene.ts";
import { openStoreFolder } from "./served_registry.ts";

interface Scene {
  upstream: Upstream;
  /** Names of two images of a registry, which the daemon does not have. */
  names: readonly [string, string];
  images: readonly [PushedImage, PushedImage];
  at(name: string): string;
  /** Runs `image …` to its end, and sees that no temporary file is left. */
  run(...words: string[]): Promise<CommandResult>;
  /** The same with --json; it has to go well. */
  lines(...words: string[]): Promise<Record<string, unknown>[]>;
  engine: Engine;
}

function testBundle(title: string, run: (scene: Scene, bench: DockerBench) => Promise<void>): void {
  testOnDocker(title, async (bench) => {
    const { engine, binary } = bench;
    await using folder = await openStoreFolder();
    await using upstream = await openUpstream();
    const repository = `mesos-docker-bundle/${randomUUID()}`;
    const push = async (tag: string, sizes: readonly number[]) =>
      await withDaemonsId(engine, await pushRandomImage(upstream.content, repository, tag, sizes));
    const [one, two] = [await push("one", [50_000, 2_000_000]), await push("two", [30_000])];
    const names = [`${upstream.host}/${repository}:one`, `${upstream.host}/${repository}:two`] as const;
    const temporary = join(folder.path, "tmp");
    await mkdir(temporary);
    const go = async (...words: string[]) => {
      const result = await runCommand([binary, "image", ...words], { env: { TMPDIR: temporary } });
      assert.deepEqual(await readdir(temporary), [], "no temporary file is left");
      return result;
    };
    const lines = async (...words: string[]) => {
      const { end, stdout, stderr } = await go(...words, "--json");
      assert.equal(end, 0, stderr);
      return stdout
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line));
    };
    try {
      const at = (name: string) => join(folder.path, name);
      await run({ upstream, names, images: [one, two], at, run: go, lines, engine }, bench);
    } finally {
      for (const name of [one.id, two.id, ...names]) await engine.removeImage(name, { force: true });
    }
  });
}

for (const format of ["docker", "oci"] as const) {
  testBundle(
    `images of a registry go in one ${format} archive into the daemon, each layer once`,
    async (scene, { binary }) => {
      const { at, names, images, engine, lines, upstream } = scene;
      const path = at("bundle.tar");
      const saved = await lines("save", ...names, "-o", path, "--format", format);
      assert.deepEqual(
        saved.map(({ image, from, digest }) => [image, from, digest]),
        [
          [names[0], "registry", images[0].digest],
          [names[1], "registry", images[1].digest],
        ],
      );
      // A host without Docker can make it as well.
      const env = { DOCKER_HOST: "unix:///absent/docker.sock", TMPDIR: at("tmp") };
      const words = ["image", "save", ...names, "-o", at("again.tar"), "--format", format];
      const again = await runCommand([binary, ...words], { env });
      assert.equal(again.end, 0, again.stderr);
      assert.ok((await readFile(at("again.tar"))).equals(await readFile(path)), "the same bytes every time");
      await writeFile(at("bundle.tar.zst"), zstdCompressSync(await readFile(path)));
      const first = await lines("load", "-i", at("bundle.tar.zst"));
      // A docker-archive has no manifests, and containerd calls images by them.
      const isKnown = format === "oci" || images[0].id !== images[0].digest;
      const ids = isKnown ? images.map(({ id }) => id) : first.map(({ id }) => String(id));
      assert.deepEqual(
        first,
        ids.map((id, at) => ({ names: [names[at]], id, outcome: "loaded", moved: [] })),
      );
      for (const [index, id] of ids.entries()) {
        assert.deepEqual((await engine.inspectImage(id))?.RepoTags, [names[index]]);
      }
      const asked = upstream.count("blob_get");
      await engine.removeImage(names[1]);
      const back = await lines("load", "-i", path);
      assert.deepEqual(
        back.map(({ outcome }) => outcome),
        ["present", "loaded"],
      );
      assert.equal(upstream.count("blob_get"), asked, "nobody asks the registry");
      // The daemon has one of them, the registry the other.
      await engine.removeImage(names[1]);
      const mixed = await lines("save", ...names, "-o", at("mixed.tar"), "--format", format);
      assert.deepEqual(
        mixed.map(({ from }) => from),
        ["daemon", "registry"],
      );
      assert.deepEqual(
        (await lines("load", "-i", at("mixed.tar"))).map(({ id }) => id),
        ids,
      );
    },
  );
}

testBundle("a bundle from a stranger is checked before the daemon has anything of it", async (scene) => {
  const { at, names, images, engine, run, lines } = scene;
  await lines("save", ...names, "-o", at("good.tar"));
  const good = await readFile(at("good.tar"));
  const bad = Buffer.from(good);
  bad.writeUInt8(bad.readUInt8(1_000_000) ^ 1, 1_000_000);
  const faults = [
    { name: "a wrong byte", bytes: bad, found: /sha256:/, end: 3 },
    { name: "the half of it", bytes: good.subarray(0, 1_000_000), found: /Cannot read ".*"/, end: 3 },
    {
      name: "half of it, packed",
      bytes: gzipSync(good).subarray(0, 1_000_000),
      found: /Cannot unpack archive/,
      end: 3,
    },
    {
      name: "no archive",
      bytes: Buffer.from("nothing of the kind"),
      found: /found no tar, expected images, as "image save" and "docker save" write them/,
      end: 1,
    },
    { name: "no byte", bytes: Buffer.alloc(0), found: /found nothing, expected images/, end: 1 },
    {
      name: "an empty one",
      bytes: Buffer.alloc(1024),
      found: /found neither "manifest.json" nor "oci-layout"/,
      end: 1,
    },
  ];
  for (const { name, bytes, found, end } of faults) {
    await writeFile(at("bad.tar"), bytes);
    const result = await run("load", "-i", at("bad.tar"));
    assert.equal(result.end, end, `${name}: ${result.stderr}`);
    assert.match(result.stderr, found, name);
    assert.equal(result.stdout, "", name);
  }
  for (const { id } of images) assert.equal(await engine.inspectImage(id), undefined);
  const missing = await run("load", "-i", at("absent.tar"));
  assert.deepEqual([missing.end, missing.stdout], [1, ""]);
  assert.match(missing.stderr, /absent\.tar/);
});

testBundle("a name that another image has moves, and it is told whose it was", async (scene) => {
  const { at, names, images, lines, engine } = scene;
  await lines("save", names[0], "-o", at("one.tar"));
  await lines("save", names[1], "-o", at("two.tar"), "--format", "oci");
  await lines("load", "-i", at("two.tar"));
  await engine.tagImage(images[1].id, names[0]);
  const [loaded] = await lines("load", "-i", at("one.tar"));
  assert.deepEqual(loaded?.moved, [{ name: names[0], from: images[1].id }]);
  assert.equal((await engine.inspectImage(names[0]))?.Id, loaded?.id);
  assert.notEqual(loaded?.id, images[1].id);
});

testBundle(
  "bundles go through standard output and input, and a failed one leaves an older file as it was",
  async (scene, { binary }) => {
    const { at, names, run, engine } = scene;
    await writeFile(at("old.tar"), "old");
    const absent = await run("save", names[0], `${names[1]}-absent`, "-o", at("old.tar"));
    assert.equal(absent.end, 1);
    assert.match(absent.stderr, /two-absent/);
    assert.equal(await readFile(at("old.tar"), "utf8"), "old");
    const daemonOnly = await run("save", names[0], "--from", "daemon", "-o", at("old.tar"));
    assert.equal(daemonOnly.end, 1, daemonOnly.stderr);
    const output = await open(at("out.tar"), "w");
    const saving = spawn(binary, ["image", "save", ...names], { stdio: ["ignore", output.fd, "ignore"] });
    assert.equal((await once(saving, "close"))[0], 0);
    await output.close();
    const input = await open(at("out.tar"), "r");
    const loading = spawn(binary, ["image", "load"], { stdio: [input.fd, "ignore", "ignore"] });
    assert.equal((await once(loading, "close"))[0], 0);
    await input.close();
    for (const name of names) assert.ok(await engine.inspectImage(name));
  },
);
