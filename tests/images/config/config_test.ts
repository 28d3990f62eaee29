import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { ConfigError, emptyConfig, findConfigWarnings, parseConfig } from "../../../src/images/config/config.ts";
import { configSchema } from "../../../src/images/config/config_schema.ts";
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
  assert.deepEqual(findConfigWarnings(config), []);
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

const wrongSections: readonly (readonly [text: string, ...faults: string[]])[] = [
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

for (const section of ["registries", "pull"]) {
  test(`parseConfig() refuses ${section} without anything in it`, () => {
    assert.deepEqual(faultsOf(`${section}:\n`), [`line 1: "${section}" is empty, expected a mapping`]);
  });
}

test("parseConfig() tells all faults at once, in the order of their lines", () => {
  const text = 'registries:\n  ubuntu: {}\n  docker.io: { upstream: maybe }\n  "*": { credentials: { helper: x } }\n';
  assert.deepEqual(faultsOf(text), [
    'line 2: not a registry such as docker.io, quay.io/org, *.example.com or *: "registries.ubuntu"',
    'line 3: "registries.docker.io.upstream" is "maybe", expected used or never',
    'line 4: "registries.*.credentials" is a mapping, expected none: every registry would be shown others',
  ]);
});

test("a password in the configuration itself is warned of, and not told", () => {
  const text = "registries: { a.lab: { credentials: { username: u, password: hunter2 } } }\n";
  const warnings = findConfigWarnings(parseConfig(text, "/etc/c.yaml"));
  assert.equal(warnings.length, 1);
  assert.match(warnings[0] ?? "", /"\/etc\/c.yaml" holds the password of "a.lab" itself/);
  assert.doesNotMatch(warnings[0] ?? "", /hunter2/);
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
