import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { ConfigError, emptyConfig, parseConfig } from "../../../src/images/config/config.ts";
import { configSchema } from "../../../src/images/config/config_schema.ts";
import { findConfigWarnings } from "../../../src/images/config/config_warnings.ts";
import { checkPublishedSchema } from "../../notation/published_schema.ts";

test("the published JSON Schema of the configuration is that of the code", () =>
  checkPublishedSchema("config.schema.json", configSchema, "Configuration of mesos-docker's image manager"));

test("parseConfig() reads the example of the documentation", async () => {
  const text = await readFile(new URL("../../../docs/examples/config.yaml", import.meta.url), "utf8");
  const config = parseConfig(text, "config.yaml");
  assert.deepEqual(
    config.registries.map(({ name, key }) => [name, key.kind]),
    [
      ["docker.io", "exact"],
      ["quay.io/org", "exact"],
      ["*.example.com", "below"],
      ["cache.lab:5000", "exact"],
      ["old.example.com", "exact"],
      ["*", "any"],
    ],
  );
  const [hub] = config.registries;
  assert.deepEqual(hub?.entry.mirrors, [
    { address: { host: "cache.lab:5000", scheme: "http" }, namespace: true },
    { address: { host: "mirror.example.com" }, prefix: "hub", capabilities: ["blobs"] },
  ]);
  assert.deepEqual(hub?.entry.tags?.at(-1), { policy: { kind: "cached", maximumAgeMs: 600_000 } });
  assert.deepEqual(config.registries[3]?.entry.limits, { concurrency: 8, bandwidth: 50 * 1024 * 1024 });
  assert.deepEqual(config.registries[3]?.entry.timeouts, { headers: 5000, idle: 15_000, rate: 100 * 1024 });
  assert.deepEqual(config.insecure, ["lab:5000", "10.1.0.0/16"]);
  assert.deepEqual(config.pull, { layers: "compressed", policy: "fresh" });
  const { interval, ...gc } = config.gc;
  assert.equal(interval, 60_000);
  assert.deepEqual(gc, { high: 90, low: 80, maxSize: 50 * 1024 ** 3, minAge: 3_600_000, maxImages: 20 });
  assert.deepEqual(config.warm, {
    file: "/etc/mesos-docker/warm.yaml",
    bandwidth: 20 * 1024 * 1024,
    reserve: 50,
    window: { from: 22 * 60, to: 6 * 60 },
  });
  assert.deepEqual(findConfigWarnings(config), []);
});

test("parseConfig() reads pins as image pin does, each with the field that says it", () => {
  const digest = `sha256:${"d".repeat(64)}`;
  const text = `gc: { pinned: [redis:7, "${digest}", { prefix: "lab:5000/team/" }, { label: keep=yes }] }`;
  assert.deepEqual(parseConfig(text, "/etc/c.yaml").pinned, [
    { kind: "name", value: "docker.io/library/redis:7", statedIn: 'gc.pinned[0] of "/etc/c.yaml"' },
    { kind: "digest", value: digest, statedIn: 'gc.pinned[1] of "/etc/c.yaml"' },
    { kind: "prefix", value: "lab:5000/team/", statedIn: 'gc.pinned[2] of "/etc/c.yaml"' },
    { kind: "label", value: "keep=yes", statedIn: 'gc.pinned[3] of "/etc/c.yaml"' },
  ]);
});

for (const text of ["", "# nothing yet\n", "\n  \n"]) {
  test(`parseConfig() takes ${JSON.stringify(text)} for a configuration that says nothing`, () => {
    assert.deepEqual(parseConfig(text, "config.yaml"), { ...emptyConfig, source: "config.yaml" });
  });
}

const wrong: readonly (readonly [what: string, entry: string, fault: string])[] = [
  ["an unknown key", "mirror: [a.lab]", 'line 3: unknown key "registries.docker.io.mirror"'],
  [
    "a mirror with a path",
    "mirrors: [a.lab/hub]",
    'line 3: "registries.docker.io.mirrors[0]" is "a.lab/hub", expected a host, or a mapping with its address',
  ],
  [
    "an unknown key of a mirror",
    "mirrors: [{ address: a.lab, path: x }]",
    'line 3: unknown key "registries.docker.io.mirrors[0].path"',
  ],
  [
    "a mirror's wrong address",
    "mirrors: [{ address: 'ftp://a.lab' }]",
    'line 3: "registries.docker.io.mirrors[0].address" is "ftp://a.lab", expected a host such as cache.lab:5000 or http://cache.lab:5000, without a path',
  ],
  [
    "capabilities that nothing has",
    "mirrors: [{ address: a.lab, capabilities: [push] }]",
    'line 3: "registries.docker.io.mirrors[0].capabilities[0]" is "push", expected tags or blobs',
  ],
  [
    "a tag policy",
    "tags: often",
    'line 3: "registries.docker.io.tags" is "often", expected fresh, pinned, or for how long such as 10mins, or a list of rules',
  ],
  [
    "a tag policy in a list",
    "tags: [{ policy: 0secs }]",
    'line 3: "registries.docker.io.tags[0].policy" is "0secs", expected fresh, pinned, or for how long such as 10mins',
  ],
  [
    "half a pair",
    "tls: { cert: /a }",
    'line 3: "registries.docker.io.tls.key" is missing, expected a file beside tls.cert',
  ],
  [
    "half an account",
    "credentials: { username: a }",
    'line 3: "registries.docker.io.credentials" is a mapping, expected none, or a mapping with username and passwordFile, or with helper',
  ],
  [
    "a helper with an account",
    "credentials: { username: a, helper: b }",
    'line 3: "registries.docker.io.credentials" is a mapping, expected none, or a mapping with username and passwordFile, or with helper',
  ],
  [
    "a path",
    "credentials: { username: a, passwordFile: b }",
    'line 3: "registries.docker.io.credentials.passwordFile" is "b", expected an absolute path',
  ],
  [
    "a limit",
    "limits: { concurrency: 0 }",
    'line 3: "registries.docker.io.limits.concurrency" is 0, expected a whole number above 0',
  ],
  [
    "a size",
    "limits: { bandwidth: fast }",
    'line 3: "registries.docker.io.limits.bandwidth" is "fast", expected a size such as 512k, 10m or 1g',
  ],
  [
    "a duration",
    "timeouts: { idle: 5 }",
    'line 3: "registries.docker.io.timeouts.idle" is 5, expected a duration such as 500ms, 10secs or 2hrs',
  ],
  ["a verdict", "deny: true", 'line 3: "registries.docker.io.deny" is true, expected a text that says why, or false'],
];
for (const [what, entry, fault] of wrong) {
  test(`parseConfig() refuses ${what} that is wrong, and says where`, () => {
    assert.deepEqual(faultsOf(`registries:\n  docker.io:\n    ${entry}\n`), [fault]);
  });
}

const pinText = "an image such as redis:7, a digest, or a mapping with prefix or label";
const pauseText = "a duration of 100ms or more such as 30secs";
const wrongSections: readonly (readonly [text: string, ...faults: string[]])[] = [
  [
    "gc: { high: 70, low: 75 }",
    '"gc.high" is 70, expected at least gc.low, which is 75',
    '"gc.low" is 75, expected at most gc.high, which is 70',
  ],
  ["gc: { low: 90 }", '"gc.low" is 90, expected at most gc.high, which is 85 unless given'],
  ["gc: { high: 70 }", '"gc.high" is 70, expected at least gc.low, which is 80 unless given'],
  ["gc: { high: 0, low: 0 }", '"gc.high" is 0, expected per cent above 0, up to 100'],
  [
    "gc: { low: 101 }",
    '"gc.low" is 101, expected per cent, from 0 to 100',
    '"gc.low" is 101, expected at most gc.high, which is 85 unless given',
  ],
  ["gc: { high: 85% }", '"gc.high" is "85%", expected per cent above 0, up to 100'],
  ["gc: { maxSize: 0 }", '"gc.maxSize" is 0, expected a size such as 512k, 10m or 1g'],
  ["gc: { onlyCopies: true }", '"gc.onlyCopies" is true, expected kept or removed'],
  ["gc: { interval: 50ms }", `"gc.interval" is "50ms", expected ${pauseText}`],
  ["gc: { dataRoot: docker }", '"gc.dataRoot" is "docker", expected an absolute path'],
  ["gc: { pinned: redis }", '"gc.pinned" is "redis", expected a list of images'],
  ["gc: { pinned: [Redis] }", `"gc.pinned[0]" is "Redis", expected ${pinText}`],
  ["gc: { pinned: [{ prefix: a, label: b }] }", `"gc.pinned[0]" is a mapping, expected ${pinText}`],
  ["gc: { pinned: [{ label: =b }] }", '"gc.pinned[0].label" is "=b", expected a label such as keep or keep=yes'],
  ["gc: { keep: [] }", 'unknown key "gc.keep"'],
  ["warm: { window: noon }", '"warm.window" is "noon", expected two times of day such as 22:00-06:00'],
  ["warm: { file: warm.yaml }", '"warm.file" is "warm.yaml", expected an absolute path'],
  ["warm: { concurrency: 0 }", '"warm.concurrency" is 0, expected a whole number above 0'],
  [
    "pull: { way: daemon, layers: raw }",
    '"pull.way" is "daemon", expected gateway where pull.layers is raw: a daemon that fetches by itself is given no layers',
    '"pull.layers" is "raw", expected compressed where pull.way is daemon, or nothing',
  ],
  ["pull: { policy: often }", '"pull.policy" is "often", expected always, fresh, missing or never'],
];
for (const [text, ...faults] of wrongSections) {
  test(`parseConfig() refuses ${text}`, () => {
    assert.deepEqual(
      faultsOf(text),
      faults.map((fault) => `line 1: ${fault}`),
    );
  });
}

for (const section of ["registries", "pull", "gc", "warm"]) {
  test(`parseConfig() refuses ${section} without anything in it`, () => {
    assert.deepEqual(faultsOf(`${section}:\n`), [`line 1: "${section}" is empty, expected a mapping`]);
  });
}

test("parseConfig() tells of marks in the wrong order with their lines, among all other faults", () => {
  const text = "gc:\n  high: 60\n  pause: 1\n  low: 70\nwarm:\n  bandwidth: fast\n";
  assert.deepEqual(faultsOf(text), [
    'line 2: "gc.high" is 60, expected at least gc.low, which is 70',
    `line 3: "gc.pause" is 1, expected ${pauseText}`,
    'line 4: "gc.low" is 70, expected at most gc.high, which is 60',
    'line 6: "warm.bandwidth" is "fast", expected a size such as 512k, 10m or 1g',
  ]);
});

test("parseConfig() tells all faults at once, in the order of their lines", () => {
  const text = 'registries:\n  ubuntu: {}\n  docker.io: { upstream: maybe }\n  "*": { credentials: { helper: x } }\n';
  assert.deepEqual(faultsOf(text), [
    'line 2: not a registry such as docker.io, quay.io/org, *.example.com or *: "registries.ubuntu"',
    'line 3: "registries.docker.io.upstream" is "maybe", expected used or never',
    'line 4: "registries.*.credentials" is a mapping, expected none: every registry would be shown others',
  ]);
});

test("a fault of credentials does not tell them", () => {
  const text = "registries: { a.lab: { credentials: { username: u, password: hunter2, helper: x } } }\n";
  assert.doesNotMatch(faultsOf(text).join(), /hunter2/);
});

function faultsOf(text: string): readonly string[] {
  try {
    parseConfig(text, "config.yaml");
  } catch (error) {
    if (error instanceof ConfigError) return error.faults;
    throw error;
  }
  return [];
}
