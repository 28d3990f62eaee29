// Logins that other programs keep and take: images contract C.1.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import bcrypt from "bcryptjs";
import { testOnBinary } from "./cases.ts";
import { runCommand } from "./command.ts";
import { openStoreFolder, serveRegistry } from "./served_registry.ts";

const skopeo = "/usr/bin/skopeo";
const password = "s3cret-of-alice";
const base64 = Buffer.from(`alice:${password}`).toString("base64");

testOnBinary("a login is kept so that skopeo takes it, skopeo's is taken, and no secret is told", async (binary) => {
  await using folder = await openStoreFolder();
  const htpasswd = join(folder.path, "htpasswd");
  await writeFile(htpasswd, `alice:${await bcrypt.hash(password, 4)}\n`);
  const secret = join(folder.path, "password");
  await writeFile(secret, `${password}\n`);
  await using registry = await serveRegistry(binary, ["--memory", "--htpasswd", htpasswd]);
  const { host } = registry;
  const told: string[] = [];
  const run = async (words: string[], env: Record<string, string> = {}) => {
    // From a file: arguments are seen by every process.
    const withInput = ["/bin/sh", "-c", 'exec "$@" < "$INPUT"', "sh", ...words];
    const result = await runCommand(withInput, {
      env: { HOME: folder.path, INPUT: secret, MESOS_DOCKER_LOG: "debug", ...env },
    });
    told.push(result.stdout, result.stderr);
    return result;
  };
  const ours = (words: string[], env?: Record<string, string>) => run([binary, "registry", ...words], env);
  assert.match((await ours(["ls", `${host}/a`])).stderr, /asks for a login/, "nobody is let in");
  assert.equal((await ours(["login", "-u", "bob", "--password-stdin", host])).end, 1);
  const login = await ours(["login", "-u", "alice", "--password-stdin", host]);
  assert.equal(login.end, 0, login.stderr);
  const config = join(folder.path, ".docker/config.json");
  assert.equal((await stat(config)).mode & 0o777, 0o600);
  assert.ok((await readFile(config, "utf8")).includes(base64));
  assert.match((await ours(["ls", `${host}/a`])).stderr, /404/, "we are let in, and there is nothing");
  assert.match((await ours(["login", "--explain", `${host}/a`])).stdout, /chosen +user "alice"/);
  if (existsSync(skopeo)) {
    const list = [skopeo, "list-tags", "--tls-verify=false", `docker://${host}/a`];
    assert.doesNotMatch((await run(list)).stderr, /unauthorized|authentication/i);
    assert.equal((await ours(["logout", host])).end, 0);
    assert.match((await run(list)).stderr, /unauthorized|authentication/i);
    const file = join(folder.path, "auth.json");
    const theirs = { REGISTRY_AUTH_FILE: file };
    const kept = await run([skopeo, "login", "--tls-verify=false", "-u", "alice", "--password-stdin", host], theirs);
    assert.equal(kept.end, 0, kept.stderr);
    const { stdout } = await ours(["login", "--explain", host], theirs);
    assert.match(stdout, new RegExp(`auths of "${file}" +chosen +user "alice"`));
  }
  for (const text of told) assert.ok(!text.includes(password) && !text.includes(base64), `no secret is told: ${text}`);
});
