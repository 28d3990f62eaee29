// Copies between registries, layouts, archives and the daemon, by the compiled program; and what other tools make of them.
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { chown, mkdir, open, readdir, readFile, stat, symlink } from "node:fs/promises";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { openRegistryClient } from "../../registry/mod.ts";
import { indexOf, prepareImage, pushManifest } from "../registry/conformance/specimens.ts";
import { testOnBinary, testOnDocker } from "./cases.ts";
import { RunningCommand, runCommand } from "./command.ts";
import { eventually } from "./eventually.ts";
import { isContainerds } from "./image_id.ts";
import { openStoreFolder, serveRegistry } from "./served_registry.ts";

/** Runs `registry copy`, with temporary files where the test can see them. */
async function copy(binary: string, folder: string, ...words: string[]): Promise<string> {
  const temporary = join(folder, "tmp");
  await mkdir(temporary, { recursive: true });
  const { end, stdout, stderr } = await runCommand([binary, "registry", "copy", ...words], {
    env: { TMPDIR: temporary },
  });
  assert.equal(end, 0, `${words.join(" ")}: ${stderr}`);
  assert.deepEqual(await readdir(temporary), [], "no temporary file is left");
  return stdout.trim();
}

testOnDocker(
  "an image goes from the daemon through archives, a layout and a registry back to the daemon",
  async (bench) => {
    const { engine, image, binary } = bench;
    await using folder = await openStoreFolder();
    await using registry = await serveRegistry(binary, ["--memory"]);
    const at = (name: string) => join(folder.path, name);
    const back = "mesos-docker-copy/back:1";
    const go = (...words: string[]) => copy(binary, folder.path, ...words);
    await go(`docker-daemon:${image}`, `docker-archive:${at("saved.tar")}`);
    const [manifest] = JSON.parse((await runCommand(["tar", "xOf", at("saved.tar"), "manifest.json"])).stdout);
    assert.deepEqual(manifest.RepoTags, [image], "a target without a name takes over the source's");
    const pushed = await go(`docker-archive:${at("saved.tar")}`, `docker://${registry.host}/app:v1`);
    const again = await go(`docker-archive:${at("saved.tar")}:${image}`, `${registry.host}/app:v2`, "--json");
    assert.equal(JSON.parse(again).digest, pushed.split(" ")[0], "packing gives the same bytes every time");
    assert.ok(JSON.parse(again).bytes < 2000, "only the manifest was not there");
    await go(`http://${registry.host}/app:v1`, `oci:${at("layout")}`);
    await go(`oci:${at("layout")}:v1`, `oci-archive:${at("oci.tar")}:one`);
    const planned = JSON.parse(
      await go(`oci-archive:${at("oci.tar")}`, `docker-daemon:${back}`, "--dry-run", "--json"),
    );
    assert.equal(await engine.inspectImage(back), undefined, "nothing was written");
    const done = JSON.parse(await go(`oci-archive:${at("oci.tar")}:one`, `docker-daemon:${back}`, "--json"));
    assert.deepEqual({ ...planned, step: "copy" }, done);
    try {
      const [ours, theirs] = await Promise.all([engine.inspectImage(back), engine.inspectImage(image)]);
      // Containerd calls an image by its manifest, which an archive has made anew.
      if (!(await isContainerds(engine))) assert.equal(ours?.Id, theirs?.Id);
      assert.deepEqual(ours?.Layers, theirs?.Layers);
    } finally {
      await engine.removeImage(back);
    }
  },
);

testOnDocker("archives go through standard input and output, and nothing else does", async ({ image, binary }) => {
  await using folder = await openStoreFolder();
  const words = (...rest: string[]) => ["registry", "copy", ...rest];
  const [from, into] = [
    words(`docker-daemon:${image}`, "docker-archive:-"),
    words("docker-archive:-", "oci-archive:-"),
  ];
  const output = await open(join(folder.path, "out.tar"), "w");
  const first = spawn(binary, from, { stdio: ["ignore", "pipe", "pipe"] });
  const second = spawn(binary, into, { stdio: ["pipe", "pipe", "pipe"] });
  first.stdout.pipe(second.stdin);
  await finished(second.stdout.pipe(output.createWriteStream()));
  const copied = JSON.parse(
    await copy(
      binary,
      folder.path,
      `oci-archive:${join(folder.path, "out.tar")}`,
      `oci:${join(folder.path, "layout")}`,
      "--json",
    ),
  );
  assert.match(copied.digest, /^sha256:/);
});

testOnBinary("an index goes as a whole into an OCI archive, and by its image into a docker-archive", async (binary) => {
  await using folder = await openStoreFolder();
  await using registry = await serveRegistry(binary, ["--memory"]);
  using client = openRegistryClient(registry.host);
  const images = [];
  for (const architecture of ["amd64", "s390x"]) {
    const image = await prepareImage(client, "app");
    await pushManifest(client, "app", image);
    images.push({ ...image, descriptor: { ...image.descriptor, platform: { os: "linux", architecture } } });
  }
  const index = indexOf(images);
  await pushManifest(client, "app", index, ["v1"]);
  const source = `${registry.host}/app:v1`;
  const path = join(folder.path, "out.tar");
  assert.match(
    await copy(binary, folder.path, source, `oci-archive:${path}`),
    new RegExp(`^${index.descriptor.digest}`),
  );
  const refused = await runCommand([
    binary,
    "registry",
    "copy",
    source,
    `docker-archive:${path}`,
    "--platform",
    "linux/386",
  ]);
  assert.equal(refused.end, 1);
  assert.match(refused.stderr, /for linux\/386 from "[^"]*\/app:v1": it has linux\/amd64, linux\/s390x/);
  assert.match(
    JSON.stringify(await runCommand([binary, "registry", "copy", source, "docker-daemon:x", "--referrers"])),
    /"end":2.*holds no signatures/,
  );
  assert.ok((await stat(path)).size > 0);
});

testOnBinary("a copy that is ended by a signal leaves neither temporary files nor half a target", async (binary) => {
  await using folder = await openStoreFolder();
  await using registry = await serveRegistry(binary, ["--memory"]);
  using client = openRegistryClient(registry.host);
  const image = await prepareImage(client, "app");
  await pushManifest(client, "app", image, ["v1"]);
  const temporary = join(folder.path, "tmp");
  await mkdir(temporary);
  // Two kilobytes, at a hundred bytes a second.
  const words = [`${registry.host}/app:v1`, `oci-archive:${join(folder.path, "out.tar")}`, "--bandwidth", "100"];
  await using running = new RunningCommand([binary, "registry", "copy", ...words], { env: { TMPDIR: temporary } });
  await eventually("the archive's beginning", async () =>
    (await readdir(folder.path)).some((name) => name.startsWith(".tmp-")),
  );
  running.interrupt("SIGTERM");
  const { end, stderr } = await running.result;
  assert.equal(end, 1);
  assert.match(stderr, /interrupted by SIGTERM/);
  assert.deepEqual(await readdir(folder.path), ["tmp"]);
  assert.deepEqual(await readdir(temporary), []);
  const empty = [binary, "registry", "copy", "oci-archive:/dev/stdin", `oci:${join(folder.path, "x")}`];
  const { end: code, stderr: said } = await runCommand(empty);
  assert.equal(code, 1);
  assert.match(said, /found nothing, expected images/);
});

testOnBinary(
  "what a copy that was killed has left in TMPDIR goes with the next one, and nothing else there does",
  async (binary) => {
    await using folder = await openStoreFolder();
    const temporary = join(folder.path, "tmp");
    await mkdir(temporary);
    const start = async (name: string) => {
      await using opened = new AsyncDisposableStack();
      const pipe = join(folder.path, name);
      execFileSync("mkfifo", [pipe]);
      const words = [binary, "registry", "copy", `docker-archive:${pipe}`, `oci:${join(folder.path, "x")}`];
      const before = await readdir(temporary);
      const running = opened.use(new RunningCommand(words, { env: { TMPDIR: temporary } }));
      const writer = opened.adopt(await open(pipe, "r+"), (file) => file.close());
      await writer.write(new Uint8Array(1000));
      const spool = await eventually("a temporary file", async () => {
        const [found] = (await readdir(temporary)).filter((one) => !before.includes(one));
        return found !== undefined && (await readdir(join(temporary, found))).length > 0 && found;
      });
      const held = opened.move();
      return { running, spool, [Symbol.asyncDispose]: () => held.disposeAsync() };
    };
    await using living = await start("living");
    await using killed = await start("killed");
    killed.running.interrupt("SIGKILL");
    await killed.running.result;
    // As a stranger could make them.
    await mkdir(join(temporary, `${killed.spool}x`));
    await chown(join(temporary, `${killed.spool}x`), 65_534, 65_534);
    await symlink(temporary, join(temporary, `${killed.spool}y`));
    const strangers = [`${killed.spool}x`, `${killed.spool}y`];
    assert.deepEqual((await readdir(temporary)).sort(), [living.spool, killed.spool, ...strangers].sort());
    const { stderr } = await runCommand([binary, "registry", "copy", "oci-archive:/dev/null", "oci:/nowhere"], {
      env: { TMPDIR: temporary },
    });
    assert.doesNotMatch(stderr, /temporary/);
    assert.deepEqual((await readdir(temporary)).sort(), [living.spool, ...strangers].sort());
    living.running.interrupt("SIGTERM");
    await living.running.result;
    assert.deepEqual((await readdir(temporary)).sort(), strangers.sort());
  },
  { needs: "root" },
);

testOnBinary("what a copy that was killed has left beside its target goes with the next one", async (binary) => {
  await using folder = await openStoreFolder();
  await using registry = await serveRegistry(binary, ["--memory"]);
  using client = openRegistryClient(registry.host);
  await pushManifest(client, "app", await prepareImage(client, "app"), ["v1"]);
  const source = `${registry.host}/app:v1`;
  for (const [target, inside] of [
    [`oci-archive:${join(folder.path, "out.tar")}`, ""],
    [`oci:${join(folder.path, "layout")}`, "layout/blobs/sha256"],
  ] as const) {
    const begun = async () =>
      (await readdir(join(folder.path, inside)).catch(() => [])).filter((name) => name.startsWith(".tmp-"));
    await using running = new RunningCommand([binary, "registry", "copy", source, target, "--bandwidth", "100"]);
    await eventually("the target's beginning", async () => (await begun()).length > 0);
    running.interrupt("SIGKILL");
    await running.result;
    assert.ok((await begun()).length > 0);
    await copy(binary, folder.path, source, target);
    assert.deepEqual(await begun(), []);
  }
});

testOnBinary("a copy shows bars on a terminal, lines elsewhere, and with --json nothing", async (binary) => {
  await using registry = await serveRegistry(binary, ["--memory"]);
  // Within one registry nothing would be on its way.
  await using other = await serveRegistry(binary, ["--memory"]);
  using client = openRegistryClient(registry.host);
  await pushManifest(client, "app", await prepareImage(client, "app"), ["v1"]);
  const words = (name: string) => [binary, "registry", "copy", `${registry.host}/app:v1`, `${other.host}/${name}:v1`];
  const shown = await runCommand(["script", "-qec", [...words("a"), "--bandwidth", "1k"].join(" "), "/dev/null"]);
  assert.equal(shown.end, 0, shown.stderr);
  assert.match(shown.stdout, /sha256:[0-9a-f]{12} \[.*\] \d+% of/);
  const plain = await runCommand(words("b"));
  assert.match(plain.stderr, /^sha256:[0-9a-f]{12} (copied|mounted), /m);
  assert.match(plain.stdout, /^sha256:[0-9a-f]{64} copied, \d+ bytes\n$/);
  const json = await runCommand([...words("c"), "--json"]);
  assert.equal(json.stderr, "");
  assert.equal(JSON.parse(json.stdout).step, "copy");
});

const skopeo = "/usr/bin/skopeo";
if (existsSync(skopeo)) {
  testOnDocker("skopeo reads what we write, and we read what skopeo writes", async ({ engine, image, binary }) => {
    await using folder = await openStoreFolder();
    const at = (name: string) => join(folder.path, name);
    const skopeoCopy = async (from: string, to: string) => {
      const { end, stderr } = await runCommand([skopeo, "--insecure-policy", "copy", from, to]);
      assert.equal(end, 0, stderr);
    };
    const theirs = await engine.inspectImage(image);
    await copy(binary, folder.path, `docker-daemon:${image}`, `docker-archive:${at("ours.tar")}`);
    await copy(binary, folder.path, `docker-daemon:${image}`, `oci:${at("ours")}:v1`);
    await copy(binary, folder.path, `docker-daemon:${image}`, `oci-archive:${at("ours.oci.tar")}:v1`);
    for (const [number, from] of [
      `docker-archive:${at("ours.tar")}`,
      `oci:${at("ours")}:v1`,
      `oci-archive:${at("ours.oci.tar")}:v1`,
    ].entries()) {
      await skopeoCopy(from, `oci:${at("theirs")}:${number}`);
      await skopeoCopy(from, `docker-archive:${at(`theirs${number}.tar`)}:app:${number}`);
      await skopeoCopy(from, `oci-archive:${at(`theirs${number}.oci.tar`)}:${number}`);
      for (const back of [
        `oci:${at("theirs")}:${number}`,
        `docker-archive:${at(`theirs${number}.tar`)}`,
        `oci-archive:${at(`theirs${number}.oci.tar`)}`,
      ]) {
        const name = "mesos-docker-copy/skopeo:1";
        await copy(binary, folder.path, back, `docker-daemon:${name}`);
        const found = await engine.inspectImage(name);
        await engine.removeImage(name);
        assert.deepEqual(found?.Layers, theirs?.Layers, `${from} by ${back}`);
      }
    }
    const index = JSON.parse(await readFile(at("theirs/index.json"), "utf8"));
    assert.equal(index.manifests.length, 3);
  });
}
