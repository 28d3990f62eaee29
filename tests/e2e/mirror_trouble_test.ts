// Mirrors whose target is in trouble while they run: each tells it, fails, and the next run mends it.
import assert from "node:assert/strict";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openRegistryClient, openRegistryServer, type Registry } from "../../registry/mod.ts";
import { testOnBinary } from "./cases.ts";
import { RunningCommand, runCommand } from "./command.ts";
import { hasDistribution, serveDistribution } from "./distribution.ts";
import { eventually } from "./eventually.ts";
import { HeldSource } from "./held_source.ts";
import { openUpstream, pushRandomImage } from "./pull_scene.ts";
import { openStoreFolder, serveRegistry } from "./served_registry.ts";
import { openSmallDisk } from "./small_disk.ts";

const at = "app";

/** A line of a mirror, of which a test looks at some fields. */
interface Line {
  readonly step: string;
  readonly tag?: string;
  readonly bytes?: number;
  readonly error?: string;
  readonly code?: string;
}

function parseLines(stdout: string): Line[] {
  return stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
}

/** A source with an image for each tag, whose layers are held back behind `part`, and the command that mirrors it to a target. */
async function openSource(binary: string, sizes: Readonly<Record<string, number>>, part = Number.POSITIVE_INFINITY) {
  await using opened = new AsyncDisposableStack();
  const folder = opened.use(await openStoreFolder());
  const { content, registry, released, begun } = new HeldSource(part);
  for (const [tag, size] of Object.entries(sizes)) await pushRandomImage(content, at, tag, [size]);
  const server = opened.use(await openRegistryServer(registry, { port: 0, drainMs: 0 }));
  const env = { MESOS_DOCKER_STATE: join(folder.path, "state") };
  const toWords = async (host: string) => {
    const path = join(folder.path, "mirror.yaml");
    const where = `source: "http://${server.url.host}/${at}", targets: ["http://${host}/${at}"]`;
    await writeFile(path, `repositories: [{ ${where}, tags: { names: [${Object.keys(sizes)}] } }]\n`);
    return [binary, "registry", "mirror", path, "--json"];
  };
  const held = opened.move();
  return {
    ...{ content, released, begun },
    start: async (host: string) => new RunningCommand(await toWords(host), { env }),
    run: async (host: string) => {
      const { end, stdout } = await runCommand(await toWords(host), { env });
      return { end, lines: parseLines(stdout) };
    },
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

async function assertSame(source: Registry, host: string, tags: readonly string[]): Promise<void> {
  using target = openRegistryClient(host);
  for (const tag of tags) {
    const [there, here] = [await target.statManifest(at, tag), await source.statManifest(at, tag)];
    assert.equal(there.digest, here.digest, tag);
  }
}

testOnBinary(
  "a mirror whose target is killed says which tag it has not got, and goes on with it afterwards",
  async (binary) => {
    await using folder = await openStoreFolder();
    const sizes = { v1: 1000, v2: 20_000_000, v3: 2000 };
    await using source = await openSource(binary, sizes, 12_000_000);
    const serve = (...more: string[]) => serveRegistry(binary, ["--store", join(folder.path, "store"), ...more]);
    const first = await serve();
    await using _first = first.command;
    await using running = await source.start(first.host);
    await eventually("the small tags", () => ["v1", "v3"].every((tag) => running.stdout.includes(`"${tag}"`)));
    await eventually("the large one's beginning", () => source.begun.length > 0);
    first.command.interrupt("SIGKILL");
    source.released.resolve();
    const { end, stdout } = await running.result;
    const failed = parseLines(stdout).filter(({ error }) => error !== undefined);
    assert.deepEqual([end, ...failed.map(({ tag, code }) => `${tag} ${code}`)], [1, "v2 UNAVAILABLE"], stdout);
    assert.ok(failed[0]?.error?.includes(first.host), stdout);
    await using again = await serve("--listen", first.host);
    const mended = await source.run(again.host);
    assert.deepEqual([mended.end, ...mended.lines.map(({ tag }) => tag)], [0, "v2", undefined]);
    await assertSame(source.content, again.host, Object.keys(sizes));
  },
);

testOnBinary("a mirror whose target is cut off for a moment does all the same", async (binary) => {
  const sizes = { v1: 1000, v2: 20_000_000, v3: 2000 };
  await using source = await openSource(binary, sizes, 12_000_000);
  await using upstream = await openUpstream();
  await using running = await source.start(upstream.host);
  await eventually("the large tag's beginning", () => source.begun.length > 0);
  await upstream.proxy.leave();
  await upstream.proxy.listen();
  source.released.resolve();
  const { end, stdout } = await running.result;
  assert.deepEqual([end, parseLines(stdout).filter(({ error }) => error)], [0, []], stdout);
  await assertSame(source.content, upstream.host, Object.keys(sizes));
  assert.equal((await source.run(upstream.host)).lines.at(-1)?.bytes, 0);
});

const fullDisk = { v1: 1_000_000, v2: 12_000_000, v3: 1000 };

testOnBinary(
  "a mirror to a registry serve whose disk is full says so, leaves nothing of what did not fit, and mends it with room",
  async (binary) => {
    await using disk = await openSmallDisk(8_000_000);
    await using source = await openSource(binary, fullDisk);
    await using to = await serveRegistry(binary, ["--store", disk.path]);
    const { end, lines } = await source.run(to.host);
    const failed = lines.filter(({ error }) => error !== undefined);
    // Smaller ones that come at the same time may find no room either.
    const tags = failed.map(({ tag }) => tag ?? "");
    assert.ok(end === 1 && tags.includes("v2"), JSON.stringify(lines));
    for (const { error = "" } of failed) assert.match(error, /no space left on device/i);
    await assertSame(
      source.content,
      to.host,
      Object.keys(fullDisk).filter((tag) => !tags.includes(tag)),
    );
    const uploads = (await readdir(disk.path, { recursive: true })).filter((path) => /uploads\/./.test(path));
    assert.deepEqual(uploads, []);
    await disk.resize(30_000_000);
    const mended = await source.run(to.host);
    assert.deepEqual([mended.end, mended.lines.flatMap(({ tag }) => tag ?? []).sort()], [0, tags.sort()]);
    await assertSame(source.content, to.host, Object.keys(fullDisk));
  },
  { needs: "root" },
);

if (hasDistribution) {
  testOnBinary(
    "a mirror to a docker-registry whose disk is full says what that says, and mends it with room",
    async (binary) => {
      await using disk = await openSmallDisk(8_000_000);
      // Of a manifest that it had no room for, it keeps a part for ever: none comes so far here.
      const sizes = { v2: fullDisk.v2 };
      await using source = await openSource(binary, sizes);
      await using to = await serveDistribution(disk.path);
      const { end, lines } = await source.run(to.host);
      const failed = lines.find(({ tag, error }) => tag === "v2" && error !== undefined);
      assert.equal(end, 1, JSON.stringify(lines));
      // 28 is ENOSPC.
      assert.match(failed?.error ?? "", /^unknown error: .*("Err":28|no space left on device).* \(.* answered 500\)$/);
      await disk.resize(60_000_000);
      const mended = await source.run(to.host);
      assert.equal(mended.end, 0, JSON.stringify(mended.lines));
      await assertSame(source.content, to.host, Object.keys(sizes));
    },
    { needs: "root" },
  );
}
