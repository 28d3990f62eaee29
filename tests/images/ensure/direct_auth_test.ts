import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { parseReference } from "../../../registry/mod.ts";
import type { RegistryAuth } from "../../../src/docker/mod.ts";
import { ConfigFile } from "../../../src/images/config/config_file.ts";
import { type DirectAuthParts, findDirectAuth } from "../../../src/images/ensure/direct_auth.ts";
import { silentLog } from "../../../src/runtime/log.ts";
import { openFixture } from "../../fakes/own_runtime.ts";

const of = (username: string): RegistryAuth => ({ kind: "password", username, password: "p", serverAddress: "" });

/** What a daemon is given for `lab/team/app`, by a configuration of these credentials. */
async function find(credentials: string | undefined, parts: Partial<DirectAuthParts> = {}) {
  await using fixture = await openFixture();
  await fixture.write("password", "of the file\n");
  const entry = credentials?.replace("FILE", join(fixture.path, "password"));
  const registries = entry === undefined ? "{}" : `{ "lab.example/team": { credentials: ${entry} } }`;
  const path = await fixture.write("config.yaml", `registries: ${registries}`);
  const variables = { MESOS_DOCKER_CONFIG: path };
  const config = ConfigFile.open({ variables, log: silentLog });
  const findAuth = async () => of("anybody");
  return await findDirectAuth(parseReference("lab.example/team/app"), { config, variables, findAuth, ...parts });
}

test("a daemon is given what is found where the configuration says nothing", async () => {
  assert.deepEqual(await find(undefined), of("anybody"));
});

test("a daemon is given what the configuration names, before what is found", async () => {
  const serverAddress = "lab.example";
  assert.deepEqual(await find("{ username: me, passwordFile: FILE }"), {
    ...{ kind: "password", username: "me", password: "of the file", serverAddress },
  });
  assert.equal(await find("none"), undefined);
});

test("a daemon is given what a task has brought along, before all else", async () => {
  const findTaskAuth = async () => of("task");
  assert.deepEqual(await find("{ username: me, passwordFile: FILE }", { findTaskAuth }), of("task"));
  assert.deepEqual(await find("none", { findTaskAuth: async () => undefined }), undefined);
});

test("a daemon is not asked where the configuration names a password that cannot be read", async () => {
  await assert.rejects(find("{ username: me, passwordFile: /nowhere/password }"), {
    name: "CredentialsError",
    message: 'Cannot read "/nowhere/password": ENOENT',
  });
});
