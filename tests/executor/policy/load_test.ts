import assert from "node:assert/strict";
import { chmod, mkdir, realpath, symlink, writeFile } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { defaultPolicyPath, loadPolicy, type PolicyPlace } from "../../../src/executor/policy/load.ts";
import { noPolicy } from "../../../src/executor/policy/policy.ts";
import { PolicyError } from "../../../src/executor/policy/policy_error.ts";
import { finish, openFixture, startScript } from "../../fakes/own_runtime.ts";

async function failureOf(place: PolicyPlace): Promise<PolicyError> {
  const error = await loadPolicy(place).then(
    () => assert.fail("the policy was loaded"),
    (error: unknown) => error,
  );
  assert.ok(error instanceof PolicyError, String(error));
  return error;
}

test("the default place is the one that operators are told", () => {
  assert.equal(defaultPolicyPath, "/etc/mesos-docker/policy.yaml");
});

test("loadPolicy() allows everything when nothing is at the default place", async () => {
  await using fixture = await openFixture();
  assert.equal(await loadPolicy({ defaultPath: join(fixture.path, "policy.yaml") }), noPolicy);
  assert.equal(await loadPolicy({ path: undefined, defaultPath: join(fixture.path, "none", "policy.yaml") }), noPolicy);
});

test("loadPolicy() reads the default place, and says where the policy is from", async () => {
  await using fixture = await openFixture();
  const defaultPath = await fixture.write("policy.yaml", "version: 1\nprivileged: deny\n");
  const expected = { ...noPolicy, privileged: "deny", source: defaultPath };
  assert.deepEqual(await loadPolicy({ defaultPath }), expected);
  assert.deepEqual(await loadPolicy({ path: defaultPath, defaultPath }), expected);
});

test("loadPolicy() reads the file that MESOS_DOCKER_POLICY names where nothing is at the default place", async () => {
  await using fixture = await openFixture();
  const path = await fixture.write("other.yaml", "version: 1\ndisk: ignore\n");
  const policy = await loadPolicy({ path, defaultPath: join(fixture.path, "policy.yaml") });
  assert.deepEqual(policy, { ...noPolicy, disk: "ignore", source: path });
});

test("loadPolicy() lets no variable replace the policy at the default place", async () => {
  await using fixture = await openFixture();
  const defaultPath = await fixture.write("policy.yaml", "version: 1\nprivileged: deny\n");
  const path = await fixture.write("lax.yaml", "version: 1\n");
  const { code, message } = await failureOf({ path, defaultPath });
  assert.equal(code, "invalid");
  assert.equal(
    message,
    `Cannot use policy "${path}": ${defaultPath} is there and cannot be replaced by MESOS_DOCKER_POLICY`,
  );
});

test("loadPolicy() lists all faults in one message", async () => {
  await using fixture = await openFixture();
  const path = await fixture.write("policy.yaml", "version: 1\n\nprivileged: maybe\n\nfoo: 1\n");
  const { code, message, faults } = await failureOf({ path, defaultPath: join(fixture.path, "none") });
  assert.equal(code, "invalid");
  assert.equal(
    message,
    `Cannot use policy "${path}": line 3: "privileged" is "maybe", expected allow or deny; line 5: unknown key "foo"`,
  );
  assert.equal(faults.length, 2);
});

test("loadPolicy() refuses an empty file", async () => {
  await using fixture = await openFixture();
  const defaultPath = await fixture.write("policy.yaml", "");
  const { code, faults } = await failureOf({ defaultPath });
  assert.deepEqual([code, faults], ["invalid", ["it is empty, expected at least version: 1"]]);
});

test("loadPolicy() misses a file that is named and not there", async () => {
  await using fixture = await openFixture();
  const path = join(fixture.path, "none.yaml");
  const { code, message } = await failureOf({ path, defaultPath: join(fixture.path, "policy.yaml") });
  assert.deepEqual([code, message], ["missing", `Cannot use policy "${path}": it does not exist`]);
  assert.equal((await failureOf({ path, defaultPath: path })).code, "missing");
});

const unreadable: [what: string, make: (path: string) => Promise<unknown>, code: string, fault: string][] = [
  ["a directory", (path) => mkdir(path), "unreadable", "it is a directory, expected a file"],
  ["a device", (path) => symlink("/dev/null", path), "unreadable", "it is no regular file"],
  ["a link to nothing", (path) => symlink("nothing", path), "unreadable", "it is a link to a file that is not there"],
  ["a link to itself", (path) => symlink(path, path), "unreadable", "it cannot be read: ELOOP"],
  ["bytes that are no UTF-8", (path) => writeFile(path, Uint8Array.of(0xff, 0xfe)), "invalid", "it is not in UTF-8"],
  [
    "far too large a file",
    (path) => writeFile(path, "#".repeat(1024 * 1024 + 1)),
    "invalid",
    "it has 1048577 bytes, expected at most 1048576",
  ],
];

for (const [what, make, code, fault] of unreadable) {
  test(`loadPolicy() allows nothing when ${what} is at the default place`, async () => {
    await using fixture = await openFixture();
    const defaultPath = join(fixture.path, "policy.yaml");
    await make(defaultPath);
    const failure = await failureOf({ defaultPath });
    assert.deepEqual([failure.code, failure.faults], [code, [fault]]);
  });
}

test("loadPolicy() allows nothing when the default place is below a file", async () => {
  await using fixture = await openFixture();
  const file = await fixture.write("file", "");
  assert.deepEqual((await failureOf({ defaultPath: join(file, "policy.yaml") })).faults, [
    "it cannot be read: ENOTDIR",
  ]);
});

test("loadPolicy() allows nothing when it may not read the file", async () => {
  await using fixture = await openFixture();
  const path = await fixture.write("policy.yaml", "version: 1\n");
  await chmod(path, 0);
  await chmod(fixture.path, 0o777);
  const script = `
    import { loadPolicy } from "SRC/executor/policy/load.ts";
    const error = await loadPolicy({ defaultPath: ${JSON.stringify(path)} }).catch((error) => error);
    console.log(error.code + " " + error.message);
  `;
  // Nothing is forbidden to root, so another user has to try.
  const user = process.getuid?.() === 0 ? { uid: 65534, gid: 65534 } : {};
  const env = { ...process.env, HOME: fixture.path, DENO_DIR: join(fixture.path, "deno") };
  const child = await startScript(script, { fixture, ...user, env, cwd: fixture.path });
  const { stdout, end } = await finish(child);
  assert.equal(end, 0);
  assert.equal(stdout, `unreadable Cannot use policy "${path}": it cannot be read: EACCES\n`);
});

test("loadPolicy() adds where paths of its rules lead", async () => {
  await using fixture = await openFixture();
  const root = await realpath(fixture.path);
  await mkdir(join(root, "disk", "secret"), { recursive: true });
  await symlink(join(root, "disk"), join(root, "data"));
  const lines = ["version: 1", `host_mounts: { allow: ["${root}/data"], deny: ["${root}/data/secret"] }`];
  const defaultPath = await fixture.write("policy.yaml", `${lines.join("\n")}\ndevices: { allow: [gpu] }\n`);
  const { hostMounts, devices } = await loadPolicy({ defaultPath });
  assert.deepEqual(hostMounts, {
    allow: [`${root}/data`, `${root}/disk`],
    deny: [`${root}/data/secret`, `${root}/disk/secret`],
  });
  assert.deepEqual(devices, { allow: ["gpu"], deny: [] });
});

test("loadPolicy() does not follow an allowed path that tasks could make a link of", async () => {
  await using fixture = await openFixture();
  const root = await realpath(fixture.path);
  await mkdir(join(root, "data"));
  await symlink("/etc", join(root, "data", "link"));
  const text = `version: 1\nhost_mounts: { allow: ["${root}/data", "${root}/data/link"] }\n`;
  const { hostMounts } = await loadPolicy({ defaultPath: await fixture.write("policy.yaml", text) });
  assert.deepEqual(hostMounts.allow, [`${root}/data`, `${root}/data/link`]);
});
