import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import http from "node:http";
import { join } from "node:path";
import { test } from "node:test";
import { memoryRegistry } from "../../registry/memory/memory_registry.ts";
import { RegistryError } from "../../registry/mod.ts";
import { judgeClock } from "../../src/doctor/clock_check.ts";
import { examineConfiguration, examinePolicy } from "../../src/doctor/files_check.ts";
import { examineProxies } from "../../src/doctor/proxy_check.ts";
import { examineRegistry } from "../../src/doctor/registry_check.ts";
import { listRegistryPlaces } from "../../src/doctor/registry_places.ts";
import { emptyConfig, parseConfig } from "../../src/images/config/config.ts";
import { openFixture } from "../fakes/own_runtime.ts";
import { listen, openTestServer } from "../registry/server/test_server.ts";

const options = { variables: {}, signal: new AbortController().signal };

test("places are mirrors and registries, each once, and needed where nobody stands behind them", () => {
  const config = parseConfig(
    `registries:
  docker.io: { mirrors: [m.lab] }
  quay.io/org: { mirrors: ["http://n.lab:1"], upstream: never }
  m.lab: { credentials: none }
  "*.example.com": { mirrors: [m.lab] }
  "*.example.net": { mirrors: [o.lab], upstream: never }
  old.lab: { deny: moved }
`,
    "config.yaml",
  );
  assert.deepEqual(listRegistryPlaces(config), [
    { host: "m.lab", need: "spared" },
    { host: "n.lab:1", scheme: "http", need: "needed" },
    { host: "o.lab", need: "needed" },
    { host: "docker.io", need: "needed" },
  ]);
  assert.deepEqual(listRegistryPlaces(emptyConfig), [{ host: "docker.io", need: "spared" }]);
});

test("a registry that lets us in is well, and tells its time", async () => {
  await using server = await openTestServer(memoryRegistry());
  const { finding, aheadMs } = await examineRegistry({ host: server.host, need: "needed" }, emptyConfig, options);
  assert.deepEqual(finding, { about: `registry ${server.host}`, verdict: "ok", found: "answers as nobody" });
  assert.ok(Math.abs(aheadMs ?? Number.NaN) < 20_000, "this machine's clock is its own");
});

test("a registry that is not reached is a failure when it is needed, and a warning when another stands behind it", async () => {
  const place = { host: "127.0.0.1:1" } as const;
  const needed = await examineRegistry({ ...place, need: "needed" }, emptyConfig, options);
  const spared = await examineRegistry({ ...place, need: "spared" }, emptyConfig, options);
  assert.deepEqual([needed.finding.verdict, spared.finding.verdict], ["failure", "warning"]);
  assert.match(needed.finding.found, /127.0.0.1:1/);
  assert.ok(needed.finding.mend);
});

test("credentials that a registry refuses are a failure; one that asks nobody for a login is a warning", async () => {
  await using server = await openTestServer(memoryRegistry(), {
    admit: () => Promise.reject(new RegistryError("UNAUTHORIZED", "who are you?")),
  });
  const place = { host: server.host, need: "needed" } as const;
  const entry = "credentials: { username: builds, password: hunter2 }";
  const known = parseConfig(`registries: { "${server.host}": { ${entry} } }\n`, "config.yaml");
  const refused = (await examineRegistry(place, known, options)).finding;
  assert.equal(refused.verdict, "failure");
  assert.match(refused.found, /as user "builds"/);
  assert.doesNotMatch(refused.found, /hunter2/);
  const asked = (await examineRegistry(place, emptyConfig, options)).finding;
  assert.equal(asked.verdict, "warning");
  assert.match(asked.mend ?? "", /mesos-docker registry login/);
});

test("what answers and is no registry is told of as such", async () => {
  await using other = await listen(http.createServer((_request, response) => response.writeHead(404).end("no")));
  const { finding } = await examineRegistry({ host: other.host, need: "needed" }, emptyConfig, options);
  assert.equal(finding.verdict, "failure");
});

test("a file of certificates, a helper and a password file that are not there are failures that name them", async () => {
  await using server = await openTestServer(memoryRegistry(), {
    admit: () => Promise.reject(new RegistryError("UNAUTHORIZED", "who are you?")),
  });
  const of = async (entry: string) => {
    const config = parseConfig(`registries: { "${server.host}": { ${entry} } }\n`, "config.yaml");
    return (await examineRegistry({ host: server.host, need: "needed" }, config, options)).finding;
  };
  for (const [entry, found] of [
    ["tls: { ca: /nonexistent/ca.pem }", /"\/nonexistent\/ca.pem", which cannot be read: ENOENT/],
    ["credentials: { helper: none-such }", /"docker-credential-none-such": it is not on the PATH/],
    ["credentials: { username: u, passwordFile: /nonexistent/password }", /"\/nonexistent\/password": ENOENT/],
  ] as const) {
    const finding = await of(entry);
    assert.equal(finding.verdict, "failure");
    assert.match(finding.found, found);
  }
});

test("a server's clock is compared with ours", async () => {
  const early = new Date(Date.now() - 600_000).toUTCString();
  await using server = await listen(
    http.createServer((_request, response) => response.writeHead(200, { date: early }).end("{}")),
  );
  const { aheadMs } = await examineRegistry({ host: server.host, need: "needed" }, emptyConfig, options);
  assert.ok(aheadMs !== undefined && aheadMs < -590_000);
});

for (const [aheads, verdict, found] of [
  [[], "ok", /no registry told its time/],
  [[900], "ok", /within 1 s/],
  [[-45_000], "warning", /45 s ahead of/],
  [[400_000, 500_000], "failure", /400 s behind/],
  [[400_000, 2000], "ok", /within 2 s/],
] as const) {
  test(`a clock to which those of registries are ${JSON.stringify(aheads)} ms ahead is judged ${verdict}`, () => {
    const finding = judgeClock(aheads);
    assert.equal(finding.verdict, verdict);
    assert.match(finding.found, found);
  });
}

test("proxies on the way are named without who we are to them", async () => {
  await using proxy = await listen(http.createServer());
  const examine = (variables: Record<string, string>) =>
    examineProxies([{ host: "docker.io", need: "needed" }], { ...options, variables });
  const through = await examine({ HTTPS_PROXY: `http://me:hunter2@${proxy.host}` });
  assert.deepEqual([through.verdict, through.found], ["ok", `docker.io through http://${proxy.host}`]);
  assert.match((await examine({})).found, /none/);
});

for (const [text, found] of [
  ["socks5://proxy.lab", /^Cannot use HTTPS_PROXY: it is of scheme/],
  ["nonsense.invalid", /^Cannot reach the proxy "nonsense.invalid": /],
  ["http://me:hunter2@127.0.0.1:1", /^Cannot reach the proxy "127.0.0.1:1": /],
] as const) {
  test(`a proxy that is of no use is a failure: ${text}`, async () => {
    const places = [{ host: "docker.io", need: "needed" }] as const;
    const broken = await examineProxies(places, { ...options, variables: { HTTPS_PROXY: text } });
    assert.equal(broken.verdict, "failure");
    assert.match(broken.found, found);
    assert.doesNotMatch(broken.found, /hunter2/);
  });
}

test("an empty password file is a failure of its own, also of a registry that others stand behind and that is not reached", async () => {
  await using folder = await openFixture();
  const path = join(folder.path, "password");
  writeFileSync(path, "");
  const entry = `credentials: { username: u, passwordFile: ${path} }`;
  const config = parseConfig(
    `registries: { "127.0.0.1:1": { ${entry} }, "127.0.0.1:2": { ${entry} } }\n`,
    "config.yaml",
  );
  const examine = async (host: string) => (await examineRegistry({ host, need: "spared" }, config, options)).finding;
  const { verdict, about, found, mend } = await examine("127.0.0.1:1");
  assert.deepEqual(
    [verdict, about, found],
    ["failure", "password file", `Cannot use "${path}": its first line is empty`],
  );
  assert.match(mend ?? "", /first line of that file/);
  assert.deepEqual(await examine("127.0.0.1:2"), await examine("127.0.0.1:1"));
});

test("policy and configuration are failures when they cannot be used", async () => {
  await using folder = await openFixture();
  const at = (name: string, text: string) => {
    writeFileSync(join(folder.path, name), text);
    return join(folder.path, name);
  };
  const policy = await examinePolicy({ MESOS_DOCKER_POLICY: at("policy.yaml", "version: 2\n") });
  assert.equal(policy.verdict, "failure");
  assert.match(policy.found, /"version" is 2, expected 1/);
  const sound = await examinePolicy({ MESOS_DOCKER_POLICY: at("sound.yaml", "version: 1\n") });
  assert.equal(sound.verdict, "ok");
  const broken = examineConfiguration({ MESOS_DOCKER_CONFIG: at("config.yaml", "registry: {}\n") });
  assert.equal(broken.config, undefined);
  assert.match(broken.findings[0]?.found ?? "", /line 1: unknown key "registry"/);
  assert.equal(broken.findings[0]?.verdict, "failure");
  const inline = "registries: { a.lab: { credentials: { username: u, password: hunter2 } } }\n";
  const warned = examineConfiguration({ MESOS_DOCKER_CONFIG: at("inline.yaml", inline) });
  assert.deepEqual(
    warned.findings.map(({ verdict }) => verdict),
    ["ok", "warning"],
  );
  const idle = examineConfiguration({
    MESOS_DOCKER_CONFIG: at("idle.yaml", "registries: { a.lab: { upstream: never } }\n"),
  });
  const [, gap] = idle.findings;
  assert.deepEqual([gap?.verdict, gap?.found.includes('images of "a.lab" be had from nowhere')], ["warning", true]);
  assert.match(gap?.mend ?? "", /^name a mirror/);
});
