// The order of sources (images contract C.3), and what is told of them.
import assert from "node:assert/strict";
import { chmod, mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { askHelper } from "../../src/images/credentials/helper.ts";
import { explainCredentials, findHostCredentials, parseDockerConfig } from "../../src/images/credentials/mod.ts";
import { systemClock } from "../../src/runtime/clock.ts";
import { silentLog } from "../../src/runtime/log.ts";
import { type Fixture, openFixture } from "../fakes/own_runtime.ts";

const host = "reg.example:5000";
const image = `${host}/team/app`;
const base64 = (text: string) => Buffer.from(text).toString("base64");
const auths = (user: string) => ({ [host]: { auth: base64(`${user}:s3cret`) } });

/** A host with credentials in every place; `variables` say where. */
async function fillPlaces(fixture: Fixture) {
  for (const folder of ["home/.docker", "run/containers", "bin"]) {
    await mkdir(join(fixture.path, folder), { recursive: true });
  }
  const json = async (name: string, value: object) => fixture.write(name, JSON.stringify(value));
  for (const user of ["own", "store"]) {
    const script = `#!/bin/sh\necho '{"Username":"by ${user}","Secret":"s3cret"}'\n`;
    await chmod(await fixture.write(`bin/docker-credential-${user}`, script), 0o755);
  }
  const config = await json("home/.docker/config.json", {
    auths: auths("by config.json"),
    credHelpers: { [host]: "own" },
    credsStore: "store",
  });
  await json("home/.dockercfg", auths("by .dockercfg"));
  await json("run/containers/auth.json", { auths: auths("by auth.json") });
  const variables: Record<string, string | undefined> = {
    DOCKER_AUTH_CONFIG: JSON.stringify({ auths: auths("by variable") }),
    HOME: join(fixture.path, "home"),
    XDG_RUNTIME_DIR: join(fixture.path, "run"),
    PATH: `${join(fixture.path, "bin")}:/usr/bin:/bin`,
  };
  return { variables, config, json };
}

/** Who is found, and what is said of each source. */
async function look(variables: Record<string, string | undefined>) {
  const auth = await findHostCredentials(image, { variables }, { log: silentLog });
  const rows = await explainCredentials(image, { variables, clock: systemClock, ask: askHelper });
  const chosen = rows.filter(({ verdict }) => verdict === "chosen");
  assert.equal(chosen.length, 1);
  const text = JSON.stringify(rows);
  for (const secret of ["s3cret", base64("by variable:s3cret"), base64("by .dockercfg:s3cret")]) {
    assert.ok(!text.includes(secret), "no secret is told");
  }
  return { user: auth?.kind === "password" ? auth.username : undefined, chosen: chosen[0], rows };
}

test("credentials come from the first of six sources that has some, and explain shows which (J 67)", async () => {
  await using fixture = await openFixture();
  const { variables, config, json } = await fillPlaces(fixture);
  const expect = async (user: string | undefined, source: string) => {
    const found = await look(variables);
    assert.equal(found.user, user);
    assert.equal(found.chosen?.name, source);
    if (user !== undefined) assert.ok(found.chosen.why.startsWith(`user ${JSON.stringify(user)}`));
  };
  await expect("by variable", "DOCKER_AUTH_CONFIG");
  variables.DOCKER_AUTH_CONFIG = JSON.stringify({ auths: {} });
  await expect("by own", `credHelpers of "${config}"`);
  await json("home/.docker/config.json", { auths: auths("by config.json"), credsStore: "store" });
  await expect("by store", `credsStore of "${config}"`);
  await json("home/.docker/config.json", { auths: auths("by config.json") });
  await expect("by config.json", `auths of "${config}"`);
  await rm(config);
  await expect("by .dockercfg", `auths of "${fixture.path}/home/.dockercfg"`);
  await rm(join(fixture.path, "home/.dockercfg"));
  await expect("by auth.json", `auths of "${fixture.path}/run/containers/auth.json"`);
  variables.REGISTRY_AUTH_FILE = await json("elsewhere.json", { auths: auths("by named file") });
  await expect("by named file", `auths of "${fixture.path}/elsewhere.json"`);
  variables.REGISTRY_AUTH_FILE = "/nonexistent";
  await expect(undefined, "nobody");
});

/** A configuration that lies somewhere else, and how often it was asked for. */
function distantConfig(document: object | undefined) {
  const asked: (AbortSignal | undefined)[] = [];
  const name = "somewhere else";
  const read = async ({ signal }: { signal?: AbortSignal }) => {
    asked.push(signal);
    return document && parseDockerConfig(JSON.stringify(document), name);
  };
  return { asked, distant: { name, read } };
}

test("what is asked for elsewhere comes behind all of this host, and only when nothing there has an entry (C.3)", async () => {
  await using fixture = await openFixture();
  const { variables } = await fillPlaces(fixture);
  const { asked, distant } = distantConfig({ auths: auths("by another") });
  const { signal } = new AbortController();
  const find = async (name: string) => {
    const auth = await findHostCredentials(name, { variables }, { log: silentLog, signal, distant });
    return auth?.kind === "password" ? auth.username : undefined;
  };
  assert.equal(await find(image), "by variable");
  variables.DOCKER_AUTH_CONFIG = "";
  assert.equal(await find(image), "by own");
  assert.deepEqual(asked, []);
  await rm(join(fixture.path, "home"), { recursive: true });
  assert.equal(await find(image), "by auth.json");
  assert.deepEqual(asked, []);
  await rm(join(fixture.path, "run"), { recursive: true });
  assert.equal(await find(image), "by another");
  assert.deepEqual(asked, [signal], "once for all of its sections");
  assert.equal(await find("other.example/app"), undefined);
});

test("what is asked for elsewhere may name helpers of this host, and may be nothing", async () => {
  await using fixture = await openFixture();
  const { variables } = await fillPlaces(fixture);
  const { PATH } = variables;
  const find = async (document: object | undefined) => {
    const { distant } = distantConfig(document);
    const auth = await findHostCredentials(image, { variables: { PATH } }, { log: silentLog, distant });
    return auth?.kind === "password" ? auth.username : undefined;
  };
  assert.equal(await find({ credHelpers: { [host]: "own" }, credsStore: "store" }), "by own");
  assert.equal(await find({ auths: auths("unused"), credsStore: "store" }), "by store");
  assert.equal(await find(auths("by the older form")), "by the older form");
  assert.equal(await find(undefined), undefined);
});

test("explainCredentials() says why each other source does not count, and runs no helper behind the one that does (J 67)", async () => {
  await using fixture = await openFixture();
  const { variables, config } = await fillPlaces(fixture);
  await fixture.write("bin/docker-credential-own", `#!/bin/sh\ntouch '${fixture.path}/ran'\nexit 1\n`);
  const { rows } = await look(variables);
  const said = rows.map(({ verdict, why }) => `${verdict}: ${why}`);
  assert.deepEqual(said, [
    'chosen: user "by variable"',
    "not asked: DOCKER_AUTH_CONFIG comes first",
    "not asked: DOCKER_AUTH_CONFIG comes first",
    "passed over: a credential helper is named, which alone counts",
    'passed over: it has user "by .dockercfg", but DOCKER_AUTH_CONFIG comes first',
    "not asked: DOCKER_AUTH_CONFIG comes first",
    'passed over: it has user "by auth.json", but DOCKER_AUTH_CONFIG comes first',
    "passed over: DOCKER_AUTH_CONFIG comes first",
  ]);
  await assert.rejects(rm(join(fixture.path, "ran")), { code: "ENOENT" });
  variables.DOCKER_AUTH_CONFIG = "";
  const after = await look(variables);
  assert.equal(after.user, "by .dockercfg");
  assert.equal(after.rows[1]?.verdict, "failed");
  assert.equal(after.rows[1]?.why, 'Cannot use "docker-credential-own": it ended with status 1');
  assert.equal(after.rows[2]?.why, "credHelpers names one for this registry");
  await fixture.write("home/.docker/config.json", "{");
  const broken = await look(variables);
  assert.equal(broken.rows[1]?.why, `Cannot use "${config}": it is not JSON`);
  assert.equal(broken.rows[2]?.why, "the file cannot be used");
});

test("the longest path of a registry wins, for each repository (J 67)", async () => {
  await using fixture = await openFixture();
  const entry = (user: string) => ({ auth: base64(`${user}:p`) });
  const entries = { [host]: entry("all"), [`${host}/team`]: entry("team"), [`${host}/team/app`]: entry("app") };
  const variables = { DOCKER_AUTH_CONFIG: JSON.stringify({ auths: entries }), HOME: fixture.path };
  for (const [name, user] of [
    [`${host}/other`, "all"],
    [`${host}/team/more`, "team"],
    [`${host}/team/app:v1`, "app"],
    [`${host}/teams`, "all"],
  ] as const) {
    const auth = await findHostCredentials(name, { variables }, { log: silentLog });
    assert.equal(auth?.kind === "password" && auth.username, user, name);
  }
});

for (const [what, text, found] of [
  ["a field beside auths", { auths: {}, credsStore: "x" }, 'it has a field beside "auths"'],
  ["an identity token", { auths: { a: { identitytoken: "s3cret" } } }, 'entry 1 has a field beside "auth"'],
  ["the flat form", { a: { auth: base64("a:s3cret") } }, 'it has a field beside "auths"'],
] as const) {
  test(`DOCKER_AUTH_CONFIG with ${what} is refused, and the next source looked at`, async () => {
    await using fixture = await openFixture();
    const { variables } = await fillPlaces(fixture);
    const { user, rows } = await look({ ...variables, DOCKER_AUTH_CONFIG: JSON.stringify(text) });
    assert.equal(user, "by own");
    assert.deepEqual(rows[0], {
      name: "DOCKER_AUTH_CONFIG",
      verdict: "failed",
      why: `Cannot use "DOCKER_AUTH_CONFIG": ${found}`,
    });
  });
}
