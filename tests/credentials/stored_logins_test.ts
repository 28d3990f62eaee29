import assert from "node:assert/strict";
import { chmod, chown, mkdir, readdir, readFile, rm, stat, symlink } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { eraseLogin, findHostCredentials, type LoginPlace, storeLogin } from "../../src/images/credentials/mod.ts";
import { silentLog } from "../../src/runtime/log.ts";
import { type Fixture, openFixture } from "../fakes/own_runtime.ts";

const lab: LoginPlace = { host: "reg.lab:5000", path: [] };
const alice = { username: "alice", password: "s3:cret" };
const auth = Buffer.from("alice:s3:cret").toString("base64");

async function read(path: string) {
  return JSON.parse(await readFile(path, "utf8"));
}

/** A helper that keeps what it is given in files. */
async function writeHelper(fixture: Fixture): Promise<Record<string, string>> {
  const kept = `${fixture.path}/kept`;
  const script = `#!/bin/sh
echo "$0 $*" >> '${fixture.path}/argv'
case $1 in
  store) cat > '${kept}' ;;
  get) cat '${kept}' 2>/dev/null || { echo 'credentials not found in native keychain'; exit 1; } ;;
  erase) rm '${kept}' ;;
esac
`;
  await mkdir(join(fixture.path, "bin"));
  await chmod(await fixture.write("bin/docker-credential-files", script), 0o755);
  return { DOCKER_CONFIG: fixture.path, PATH: `${fixture.path}/bin:/usr/bin:/bin` };
}

test("storeLogin() makes the file for its owner alone, and eraseLogin() takes the login out again", async () => {
  await using fixture = await openFixture();
  const variables = { HOME: fixture.path };
  const path = join(fixture.path, ".docker/config.json");
  assert.equal(await storeLogin(lab, alice, { variables }), `"${path}"`);
  assert.deepEqual(await read(path), { auths: { "reg.lab:5000": { auth } } });
  assert.equal((await stat(path)).mode & 0o777, 0o600);
  assert.equal((await stat(join(fixture.path, ".docker"))).mode & 0o777, 0o700);
  const found = await findHostCredentials("reg.lab:5000/a", { variables }, { log: silentLog });
  assert.deepEqual(found, { kind: "password", ...alice, serverAddress: "reg.lab:5000" });
  assert.deepEqual(await eraseLogin(lab, { variables }), [`"${path}"`]);
  assert.deepEqual(await eraseLogin(lab, { variables }), []);
  assert.deepEqual(await read(path), { auths: {} });
});

test("storeLogin() keeps what else is in the file, its link and its owner, and leaves nothing beside it", async () => {
  await using fixture = await openFixture();
  const before = { HttpHeaders: { a: "b" }, auths: { "other.lab": { auth, more: 1 } }, unknown: [1] };
  const real = await fixture.write("real.json", JSON.stringify(before));
  await chmod(real, 0o644);
  if (process.getuid?.() === 0) await chown(real, 12345, 12345);
  await mkdir(join(fixture.path, "config"));
  await symlink("../real.json", join(fixture.path, "config/config.json"));
  await storeLogin(lab, alice, { variables: { DOCKER_CONFIG: join(fixture.path, "config") } });
  const auths = { ...before.auths, "reg.lab:5000": { auth } };
  assert.deepEqual(await read(real), { ...before, auths });
  const { mode, uid } = await stat(real);
  assert.equal(mode & 0o777, 0o600);
  if (process.getuid?.() === 0) assert.equal(uid, 12345);
  assert.deepEqual((await readdir(fixture.path)).sort(), ["config", "real.json"]);
});

test("storeLogin() calls Docker Hub as Docker does, and a path as podman does", async () => {
  await using fixture = await openFixture();
  const variables = { DOCKER_CONFIG: fixture.path };
  await storeLogin({ host: "docker.io", path: [] }, alice, { variables });
  await storeLogin({ host: "reg.lab", path: ["team", "app"] }, alice, { variables });
  const { auths } = await read(join(fixture.path, "config.json"));
  assert.deepEqual(Object.keys(auths), ["https://index.docker.io/v1/", "reg.lab/team/app"]);
});

test("eraseLogin() knows the spellings of older files, and leaves other registries and paths alone", async () => {
  await using fixture = await openFixture();
  const servers = ["https://reg.lab:5000/v1/", "http://REG.lab:5000", "reg.lab:5000/team", "reg.lab"];
  const path = await fixture.write(
    "config.json",
    JSON.stringify({ auths: Object.fromEntries(servers.map((server) => [server, { auth }])) }),
  );
  await eraseLogin(lab, { variables: { DOCKER_CONFIG: fixture.path } });
  assert.deepEqual(Object.keys((await read(path)).auths), ["reg.lab:5000/team", "reg.lab"]);
});

test("a login is kept by the helper that the file names, which is told secrets by its input alone", async () => {
  await using fixture = await openFixture();
  const variables = await writeHelper(fixture);
  const config = await fixture.write("config.json", JSON.stringify({ credHelpers: { "reg.lab:5000": "files" } }));
  assert.equal(await storeLogin(lab, alice, { variables }), '"docker-credential-files"');
  assert.deepEqual(await read(join(fixture.path, "kept")), {
    ServerURL: "reg.lab:5000",
    Username: "alice",
    Secret: "s3:cret",
  });
  assert.doesNotMatch(await readFile(config, "utf8"), /auths|cret"/);
  assert.doesNotMatch(await readFile(join(fixture.path, "argv"), "utf8"), /s3|alice/);
  assert.deepEqual(await eraseLogin(lab, { variables }), ['"docker-credential-files"']);
  assert.deepEqual(await eraseLogin(lab, { variables }), []);
  const path: LoginPlace = { host: "reg.lab:5000", path: ["team"] };
  await assert.rejects(storeLogin(path, alice, { variables }), {
    message: 'Cannot use "docker-credential-files": helpers know registries alone, expected a host without a path',
  });
});

test("storeLogin() refuses what it cannot keep, without the secret", async () => {
  await using fixture = await openFixture();
  const store = (variables: Record<string, string>) =>
    storeLogin(lab, alice, { variables }).then(
      () => assert.fail("it was kept"),
      (error: Error) => error.message,
    );
  assert.match(await store({}), /found neither DOCKER_CONFIG nor HOME/);
  assert.match(await store({ DOCKER_CONFIG: "etc" }), /the path is not absolute/);
  await fixture.write("config.json", "{");
  assert.match(await store({ DOCKER_CONFIG: fixture.path }), /it is not JSON/);
  await fixture.write("config.json", '{"credsStore":"none"}');
  assert.match(await store({ DOCKER_CONFIG: fixture.path, PATH: "/nonexistent" }), /not on the PATH/);
  await rm(join(fixture.path, "config.json"));
  await mkdir(join(fixture.path, "config.json"));
  const message = await store({ DOCKER_CONFIG: fixture.path });
  assert.match(message, /it is not a regular file/);
  assert.doesNotMatch(message, /cret/);
  await fixture.write("file", "");
  assert.match(await store({ DOCKER_CONFIG: join(fixture.path, "file/x") }), /^Cannot write "/);
});
