// Collects images of a daemon of its own; the machine's daemon is never touched.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readDisk, usedInodesPercent } from "../../src/images/gc/disk.ts";
import { takeLease } from "../../src/images/leases/leases.ts";
import { hasBothStores, testOnBinary } from "./cases.ts";
import { eventually } from "./eventually.ts";
import { type ImageHost, keptReasons, openImageHost, readLines, removedNames } from "./image_host.ts";
import { layerOf, loadLayers, manyFilesOf } from "./layered_image.ts";

const MB = 1_000_000;
const ownDaemon = { needs: "own daemon" } as const;
const now = ["--min-age", "100ms", "--only-copies"];

/** Images of a shared layer and one of their own, used in this order. */
async function loadFamily(host: ImageHost, names: readonly string[]): Promise<void> {
  const base = await layerOf("base", 2 * MB);
  for (const name of names) {
    await loadLayers(host.engine, `${name}:1`, [base, await layerOf(name, MB)]);
    await host.use(`${name}:1`);
  }
}

testOnBinary(
  "image gc removes what was used longest ago by unique bytes, and keeps what is needed (J 56, J 57, J 58)",
  async (binary) => {
    await using host = await openImageHost(binary);
    const { engine, state } = host;
    await loadFamily(host, ["a", "created", "pinned", "warm", "leased", "b", "c"]);
    await engine.createContainer({ name: "holder", body: { Image: "created:1" } });
    assert.equal((await host.run("pin", "pinned:1")).end, 0);
    await state.warm.put("warm", { reference: "warm:1", imageId: "unknown", warmedAtMs: 1 });
    await using _lease = await takeLease(state, { reference: "leased:1", purpose: "task t" });
    const listed = await host.lines(["ls"]);
    assert.deepEqual([...new Set(listed.map(({ uniqueBytes }) => uniqueBytes))], [MB]);
    assert.ok(listed.every(({ certainty }) => certainty === "exact"));
    const total = 2 * MB + 7 * MB;
    const size = ["--max-size", String(total - 1), "--high", "100", "--low", "80"];
    const planned = await host.lines(["gc", ...now, ...size, "--dry-run"]);
    assert.deepEqual(removedNames(planned), ["a:1", "b:1"]);
    assert.ok(JSON.stringify(planned.at(-1)).startsWith('{"summary":{"dryRun":true,'));
    assert.equal((await host.names()).length, 7, "a dry run removes nothing");
    const done = await host.lines(["gc", ...now, ...size]);
    assert.deepEqual(removedNames(done), ["a:1", "b:1"]);
    assert.deepEqual(keptReasons(done), {
      "created:1": "used",
      "pinned:1": "pinned",
      "warm:1": "warm",
      "leased:1": "leased",
      "c:1": "enough",
    });
    assert.equal(done.at(-1)?.summary?.freedBytes, 2 * MB);
    const rest = await host.lines(["gc", ...now, "--max-size", "1m"], 1);
    assert.deepEqual(removedNames(rest), ["c:1"]);
    assert.deepEqual(await host.names(), ["created:1", "leased:1", "pinned:1", "warm:1"]);
    await engine.removeContainer("holder");
    assert.equal((await host.run("unpin", "pinned:1")).end, 0);
    const last = await host.lines(["gc", ...now, "--max-size", "1m"], 1);
    assert.deepEqual(removedNames(last).sort(), ["created:1", "pinned:1"]);
  },
  ownDaemon,
);

testOnBinary(
  "image gc knows the order of use after the daemon has forgotten it, and its own process has ended (J 60)",
  async (binary) => {
    await using host = await openImageHost(binary);
    await loadFamily(host, ["a", "b", "c"]);
    for (const name of ["c:1", "a:1", "b:1"]) await host.use(name);
    await host.lines(["ls"]);
    await host.daemon.kill();
    await host.daemon.start();
    const order = removedNames(await host.lines(["gc", ...now, "--max-size", "1k", "--dry-run"]));
    assert.deepEqual(order, ["c:1", "a:1", "b:1"]);
    await host.use("c:1");
    const sorted = await host.lines(["ls", "--sort", "used"]);
    assert.deepEqual(
      sorted.map(({ names }) => names?.[0]),
      ["c:1", "b:1", "a:1"],
    );
  },
  ownDaemon,
);

testOnBinary(
  "image gc makes room on a full disk, where the daemon has failed with no space left (J 54, J 55)",
  async (binary) => {
    await using host = await openImageHost(binary, { disk: { bytes: 64 * MB, inodes: 4000 } });
    const disk = ["--data-root", host.daemon.diskPath];
    for (let number = 1; number <= 5; number++) {
      await loadLayers(host.engine, `image-${number}:1`, [await layerOf(`${number}`, 9 * MB)]);
    }
    const large = [await layerOf("large", 16 * MB)];
    await assert.rejects(loadLayers(host.engine, "large:1", large), /no space left on device/);
    assert.equal((await host.names()).length, 5);
    const done = await host.lines(["gc", ...now, ...disk, "--high", "70", "--low", "40"]);
    assert.deepEqual(done.at(-1)?.summary?.reached, ["bytes"]);
    assert.deepEqual(removedNames(done), ["image-1:1", "image-2:1", "image-3:1"]);
    await loadLayers(host.engine, "large:1", large);
    assert.deepEqual(await host.names(), ["image-4:1", "image-5:1", "large:1"]);
  },
  ownDaemon,
);

testOnBinary(
  "image gc collects when inodes are short, one image after the other until there are enough (J 61)",
  async (binary) => {
    await using host = await openImageHost(binary, { disk: { bytes: 64 * MB, inodes: 3000 } });
    for (let number = 1; number <= 4; number++) {
      await loadLayers(host.engine, `many-${number}:1`, [await manyFilesOf(`${number}`, 500)]);
    }
    const disk = ["--data-root", host.daemon.diskPath];
    // What the daemon itself takes differs: two images are a third of all inodes.
    const high = Math.floor(usedInodesPercent(await readDisk(host.daemon.diskPath)));
    const done = await host.lines(["gc", ...now, ...disk, "--high", `${high}`, "--low", `${high - 25}`]);
    assert.deepEqual(done.at(-1)?.summary?.reached, ["inodes"]);
    assert.deepEqual(removedNames(done), ["many-1:1", "many-2:1"]);
    assert.deepEqual(done.at(-1)?.summary?.left, { bytes: 0, inodes: 0 });
  },
  ownDaemon,
);

testOnBinary(
  "image gc that is killed in the middle leaves images and files that the next one can use",
  async (binary) => {
    await using host = await openImageHost(binary);
    await loadFamily(host, ["a", "b", "c", "d", "e"]);
    const size = ["--max-size", "1k"];
    await using command = host.start("gc", ...now, ...size, "--json", "--pause", "3secs");
    await eventually("a removal", () => command.stdout.includes('"removed"'));
    command.interrupt("SIGKILL");
    assert.equal((await command.result).end, "SIGKILL");
    const left = await host.names();
    assert.ok(left.length > 0 && left.length < 5, left.join());
    const listed = await host.lines(["ls"]);
    assert.deepEqual(
      listed.flatMap(({ names = [] }) => names),
      left,
    );
    await host.lines(["gc", ...now, ...size], 0);
    assert.deepEqual(await host.names(), []);
  },
  ownDaemon,
);

testOnBinary(
  "image gc --watch tells of a warm image that is removed by hand, and collects when the disk gets full (J 55, J 59)",
  async (binary) => {
    await using host = await openImageHost(binary, { disk: { bytes: 64 * MB, inodes: 4000 } });
    const { engine, state } = host;
    const imageId = await loadLayers(engine, "warm:1", [await layerOf("warm", MB)]);
    await state.warm.put("warm", { reference: "warm:1", imageId, warmedAtMs: Date.now() });
    const marks = ["--high", "70", "--low", "50", "--data-root", host.daemon.diskPath];
    await using command = host.start("gc", "--watch", "--json", "--interval", "200ms", ...now, ...marks);
    // It follows events when it has written what it knows, and nobody else writes that here.
    const usagePath = state.usagePath((await engine.info()).ID);
    await eventually("the watch", async () => {
      await host.use("warm:1");
      return existsSync(usagePath);
    });
    await engine.removeImage("warm:1");
    const missing = await eventually("the loss of it", () => readLines(command.stdout).find((line) => line.missing));
    assert.equal(missing.reference, "warm:1");
    assert.ok((await host.lines(["ls"])).some((line) => line.missing));
    for (let number = 1; number <= 5; number++) {
      await loadLayers(engine, `image-${number}:1`, [await layerOf(`${number}`, 9 * MB)]);
    }
    const report = await eventually("a collection", () => readLines(command.stdout).find(({ summary }) => summary));
    assert.deepEqual(report.summary?.reached, ["bytes"]);
    assert.equal(removedNames(readLines(command.stdout))[0], "image-1:1");
    command.interrupt("SIGTERM");
    assert.equal((await command.result).end, 0);
  },
  ownDaemon,
);

testOnBinary(
  "image gc --watch takes marks and pins of a changed configuration over, and keeps to those before while it is broken",
  async (binary) => {
    await using host = await openImageHost(binary);
    await loadFamily(host, ["a", "b", "c", "d"]);
    const section = (maxSize: number, pinned: string) =>
      `gc:\n  maxSize: ${maxSize}\n  high: 100\n  low: 99\n  minAge: 100ms\n  onlyCopies: removed\n  interval: 1hrs\n  pinned: [${pinned}]\n`;
    const file = await host.configure(section(100 * MB, ""));
    await using command = host.start("gc", "--watch", "--json");
    const reported = () => readLines(command.stdout).filter(({ summary }) => summary);
    await eventually("the first look", async () => {
      await host.use("a:1");
      return (await host.lines(["ls"])).some(({ names, lastUsed }) => names?.[0] === "a:1" && lastUsed !== undefined);
    });
    for (const name of ["b:1", "c:1", "d:1"]) await host.use(name);
    await host.configure(section(5.5 * MB, "").replace("low: 99", "low: 101"));
    await eventually("a complaint", () => command.stderr.includes("what it said before goes on to hold"));
    assert.match(command.stderr, /line 4: "gc\.low" is 101, expected per cent, from 0 to 100/);
    assert.equal((await host.names()).length, 4, "the marks before hold on");
    await host.configure(section(5.5 * MB, "a:1"));
    await eventually("a collection by the new size", () => reported().length > 0);
    const lines = readLines(command.stdout);
    assert.deepEqual(removedNames(lines), ["b:1"]);
    const kept = lines.find(({ names, outcome }) => names?.[0] === "a:1" && outcome === "kept");
    assert.equal(kept?.detail, `name docker.io/library/a:1 (gc.pinned[0] of "${file}")`);
    assert.deepEqual(await host.names(), ["a:1", "c:1", "d:1"]);
    command.interrupt("SIGTERM");
    assert.equal((await command.result).end, 0);
    const byFlag = await host.lines(["gc", "--max-size", String(4.5 * MB), "--dry-run"]);
    assert.deepEqual(removedNames(byFlag), ["c:1"], "a flag comes before the file, and the file's pins hold");
  },
  ownDaemon,
);

for (const store of ["graph", "containerd"] as const) {
  testOnBinary(
    `image gc removes in the order of use, and neither an image in use nor one that was loaded, with the ${store} store (J 58)`,
    async (binary) => {
      await using host = await openImageHost(binary, { store });
      await loadFamily(host, ["a", "used", "b", "c"]);
      await host.engine.tagImage("b:1", "other.example:5000/b:2");
      await host.use("b:1");
      await host.engine.createContainer({ name: "holder", body: { Image: "used:1" } });
      const listed = await host.lines(["ls", "--sort", "used"]);
      assert.deepEqual(
        listed.map(({ names = [], origin }) => [names.length, origin]),
        [
          [1, "none"],
          [2, "none"],
          [1, "none"],
          [1, "none"],
        ],
      );
      for (const { uniqueBytes = 0, sizeBytes = 0 } of listed) {
        assert.ok(uniqueBytes >= MB && uniqueBytes < 3 * MB, `${uniqueBytes} are its own`);
        assert.ok(sizeBytes >= 3 * MB);
      }
      if (store === "graph") {
        const { Images, LayersSize } = await host.engine.diskUsage();
        const alone = new Map(Images.map(({ Id, Size, SharedSize = 0 }) => [Id, Size - SharedSize]));
        for (const { id = "", uniqueBytes } of listed)
          assert.equal(uniqueBytes, alone.get(id), "the daemon counts the same");
        assert.equal(LayersSize, 6 * MB);
      }
      const loaded = await host.lines(["gc", "--min-age", "100ms", "--max-size", "1k"], 1);
      assert.deepEqual(keptReasons(loaded)["a:1"], "only copy");
      const done = await host.lines(["gc", ...now, "--max-size", "1k"], 1);
      assert.deepEqual(removedNames(done), ["a:1", "c:1", "b:1", "other.example:5000/b:2"]);
      assert.equal(keptReasons(done)["used:1"], "used");
      assert.deepEqual(await host.names(), ["used:1"]);
      await host.engine.removeContainer("holder");
      await host.lines(["gc", ...now, "--max-size", "1k"]);
      assert.deepEqual(await host.engine.listImages(), []);
    },
    { needs: store === "graph" || hasBothStores() ? "own daemon" : "both image stores" },
  );
}
