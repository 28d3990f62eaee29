import assert from "node:assert/strict";
import { resolve } from "node:path";
import { test } from "node:test";
import type { WarmFlags } from "../../src/cli/image_warm_flags.ts";
import { readWarmSettings } from "../../src/cli/warm_settings.ts";
import { parseEngineAddress } from "../../src/docker/mod.ts";
import { parseConfig } from "../../src/images/config/config.ts";

const address = parseEngineAddress("unix:///run/docker.sock");

function read(images: readonly string[], flags: WarmFlags, text: string) {
  return readWarmSettings({ images, flags, address, variables: {} }, parseConfig(text, "/etc/c.yaml"));
}

const all =
  "warm: { file: /w.yaml, protect: 2hrs, interval: 1mins, concurrency: 2, bandwidth: 1m, reserve: 9, window: 01:00-02:00 }";

test("readWarmSettings() takes flags before the configuration, and this before what is usual", () => {
  const usual = read(["redis:7"], {}, "");
  assert.deepEqual(
    { ...usual, wanted: undefined },
    {
      ...{ atOnce: 4, intervalMs: 300_000, limits: {}, way: { way: "gateway" } },
      wanted: undefined,
    },
  );
  const said = read([], {}, all);
  assert.deepEqual(said.wanted, { kind: "file", path: "/w.yaml" });
  assert.deepEqual([said.atOnce, said.intervalMs, said.limits.reserve], [2, 60_000, 9]);
  assert.deepEqual(said.window, { from: 60, to: 120 });
  assert.equal(said.limits.bandwidth, 1_048_576);
  const given = read([], { concurrency: 8, reserve: false, bandwidth: false, window: false }, all);
  assert.deepEqual([given.atOnce, given.intervalMs, given.limits, given.window], [8, 60_000, {}, undefined]);
});

test("readWarmSettings() protects images of a command line for as long as is said, and leaves the configured file alone", () => {
  const protectOf = (flags: WarmFlags, text: string) => {
    const { wanted } = read(["redis:7", "docker.io/library/redis:7"], flags, text);
    assert.ok(wanted.kind === "images" && wanted.images.length === 1, "one image under two spellings");
    return wanted.images[0]?.protectMs;
  };
  assert.deepEqual(
    [protectOf({}, ""), protectOf({}, all), protectOf({ protect: 5000 }, all)],
    [86_400_000, 7_200_000, 5000],
  );
});

test("readWarmSettings() takes a named file before the configured one", () => {
  assert.deepEqual(read([], { file: "own.yaml" }, all).wanted, { kind: "file", path: resolve("own.yaml") });
});

const refused: readonly (readonly [images: string[], flags: WarmFlags, text: string, message: RegExp])[] = [
  [[], {}, "", /^expected images, --file, or warm\.file in the configuration$/],
  [["redis"], { file: "/w" }, "", /^images and --file exclude each other$/],
  [[], { file: "/w", platform: "linux/amd64" }, "", /^--platform and --file exclude each other: the file says it$/],
  [[], { protect: 1000 }, all, /^--protect and warm\.file of the configuration exclude each other: the file says it$/],
];
for (const [images, flags, text, message] of refused) {
  test(`readWarmSettings() refuses ${JSON.stringify([images, flags])} with "${text}"`, () => {
    assert.throws(() => read(images, flags, text), { name: "UsageError", message });
  });
}
