import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { hashSync } from "bcryptjs";
import { isRegistryError, memoryRegistry, type RegistryErrorCode } from "../../../registry/mod.ts";
import { PasswordFile } from "../../../src/images/access/password_file.ts";
import { type Log, silentLog } from "../../../src/runtime/log.ts";
import { ask } from "../../registry/server/raw_request.ts";
import { openTestServer } from "../../registry/server/test_server.ts";

const lineOf = (name: string, password: string) => `${name}:${hashSync(password, 4)}\n`;
const basic = (text: string) => `Basic ${Buffer.from(text).toString("base64")}`;

async function openFile(text: string) {
  const folder = await mkdtemp(join(tmpdir(), "mesos-docker-htpasswd-"));
  const path = join(folder, "htpasswd");
  await writeFile(path, text);
  return { path, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
}

function recordErrors() {
  const errors: string[] = [];
  const error: Log["error"] = (message, fields) => errors.push(`${message}: ${fields?.error}`);
  return { errors, log: { ...silentLog, error } };
}

const refused = (code: RegistryErrorCode) => (error: unknown) => isRegistryError(error, code);

test("PasswordFile admits a name with its password, again and again", async () => {
  await using place = await openFile(lineOf("alice", "secret"));
  const file = await PasswordFile.open(place.path, silentLog);
  await Promise.all([file.admit(basic("alice:secret")), file.admit(basic("alice:secret"))]);
  await file.admit(basic("alice:secret"));
});

for (const given of [undefined, "Bearer x", basic("alice:wrong"), basic("bob:secret"), basic("alice:")]) {
  test(`PasswordFile refuses ${given} twice`, async () => {
    await using place = await openFile(lineOf("alice", "secret"));
    const file = await PasswordFile.open(place.path, silentLog);
    await assert.rejects(file.admit(given), refused("UNAUTHORIZED"));
    await assert.rejects(file.admit(given), refused("UNAUTHORIZED"));
  });
}

test("PasswordFile forgets who has gone from a changed file, and admits nobody while it is broken", async () => {
  await using place = await openFile(lineOf("alice", "secret"));
  const file = await PasswordFile.open(place.path, silentLog);
  await file.admit(basic("alice:secret"));
  await writeFile(place.path, lineOf("robert", "other"));
  await assert.rejects(file.admit(basic("alice:secret")), refused("UNAUTHORIZED"));
  await file.admit(basic("robert:other"));
  await writeFile(place.path, "robert");
  await assert.rejects(file.admit(basic("robert:other")), refused("UNAVAILABLE"));
  await rm(place.path);
  await assert.rejects(file.admit(basic("robert:other")), refused("UNAVAILABLE"));
});

test("PasswordFile does not open on a broken file, and leaves it to its opener to say so", async () => {
  await using place = await openFile("alice:plain");
  const { log, errors } = recordErrors();
  await assert.rejects(PasswordFile.open(place.path, log), {
    message: `Cannot read password file "${place.path}", line 1: found a hash that is not of bcrypt (htpasswd -B)`,
  });
  await rm(place.path);
  await assert.rejects(PasswordFile.open(place.path, log), (error: Error) =>
    error.message.startsWith(`Cannot read password file "${place.path}": ENOENT`),
  );
  assert.deepEqual(errors, []);
});

test("PasswordFile logs once that a file which was sound is broken, or gone", async () => {
  await using place = await openFile(lineOf("alice", "secret"));
  const { log, errors } = recordErrors();
  const file = await PasswordFile.open(place.path, log);
  for (const spoil of [() => writeFile(place.path, "alice:plain"), () => rm(place.path)]) {
    await spoil();
    for (let times = 0; times < 2; times++) {
      await assert.rejects(file.admit(basic("alice:secret")), refused("UNAVAILABLE"));
    }
  }
  const name = `cannot use password file: Cannot read password file "${place.path}"`;
  assert.equal(errors.length, 2);
  assert.ok(errors[0]?.startsWith(`${name}, line 1: found a hash`), `${errors[0]}`);
  assert.ok(errors[1]?.startsWith(`${name}: ENOENT`), `${errors[1]}`);
  await writeFile(place.path, lineOf("alice", "secret"));
  await file.admit(basic("alice:secret"));
});

test("a server with a password file challenges everything, the ping included", async () => {
  await using place = await openFile(lineOf("alice", "secret"));
  const file = await PasswordFile.open(place.path, silentLog);
  await using server = await openTestServer(memoryRegistry(), { admit: (header) => file.admit(header) });
  for (const path of ["/v2/", "/v2/n/tags/list"]) {
    const { status, headers, body } = await ask(server.host, "GET", path);
    assert.equal(status, 401);
    assert.match(String(headers["www-authenticate"]), /^Basic realm="registry"/);
    assert.equal(JSON.parse(body.toString()).errors[0].code, "UNAUTHORIZED");
  }
  const authorization = basic("alice:secret");
  assert.equal((await ask(server.host, "GET", "/v2/", { headers: { authorization } })).status, 200);
});
