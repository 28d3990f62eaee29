import assert from "node:assert/strict";
import { mkdtempSync, readlinkSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { createSandbox, toSandboxPath } from "../../../../src/mesos/embedded/container/sandbox.ts";
import { findUser } from "../../../../src/mesos/embedded/container/users.ts";

const isRoot = process.getuid?.() === 0;

test("createSandbox() lays sandboxes out as agents do, the latest within reach", async (context) => {
  const workDir = mkdtempSync(join(tmpdir(), "sandbox-"));
  context.after(() => rmSync(workDir, { recursive: true, force: true }));
  const owner = { agentId: "a-S0", frameworkId: "f-0000", executorId: "ex", containerId: "c-1" };
  const first = toSandboxPath(workDir, owner);
  assert.equal(first, `${workDir}/slaves/a-S0/frameworks/f-0000/executors/ex/runs/c-1`);
  await createSandbox(first);
  const second = toSandboxPath(workDir, { ...owner, containerId: "c-2" });
  await createSandbox(second, isRoot ? { user: { uid: 65_534, gid: 65_533 } } : {});
  assert.equal(readlinkSync(join(first, "..", "latest")), second);
  assert.equal(statSync(first).mode & 0o777, 0o750);
  if (isRoot) assert.deepEqual([statSync(second).uid, statSync(second).gid], [65_534, 65_533]);
  await assert.rejects(createSandbox(first), /EEXIST|exists/);
});

test("findUser() looks names up as root alone", { skip: !isRoot }, async (context) => {
  const folder = mkdtempSync(join(tmpdir(), "passwd-"));
  context.after(() => rmSync(folder, { recursive: true, force: true }));
  const passwd = join(folder, "passwd");
  writeFileSync(passwd, "root:x:0:0::/root:/bin/sh\nann:x:1001:1002:Ann:/home/ann:/bin/sh\n");
  assert.deepEqual(await findUser("ann", { passwd }), { uid: 1001, gid: 1002 });
  assert.equal(await findUser("root", { passwd }), undefined);
  await assert.rejects(findUser("bad", { passwd }), /^Error: Failed to get user information for 'bad'$/);
});
