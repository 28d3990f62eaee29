import assert from "node:assert/strict";
import { access, mkdir, stat } from "node:fs/promises";
import process from "node:process";
import { test } from "node:test";
import {
  createSecretFolder,
  findAbandonedSecrets,
  removeSecretFolder,
} from "../../../src/executor/container/secret_folder.ts";

test("createSecretFolder() makes a folder in memory that nobody else can enter, and that is not abandoned", async () => {
  const folder = await createSecretFolder();
  try {
    assert.ok(folder.startsWith("/dev/shm/mesos-docker-secrets-"));
    assert.equal((await stat(folder)).mode & 0o777, 0o700);
    assert.equal((await findAbandonedSecrets()).includes(folder), false);
  } finally {
    await removeSecretFolder(folder);
  }
  await assert.rejects(access(folder), { code: "ENOENT" });
});

test("findAbandonedSecrets() finds those of executors that are gone, in this pid namespace alone", async () => {
  const own = await createSecretFolder();
  const [, namespace = ""] = /secrets-(\d+)-/.exec(own) ?? [];
  const gone = `/dev/shm/mesos-docker-secrets-${namespace}-${2 ** 22 + 1}-1-test${process.pid}`;
  const elsewhere = `/dev/shm/mesos-docker-secrets-1-${2 ** 22 + 1}-1-test${process.pid}`;
  try {
    await mkdir(gone);
    await mkdir(elsewhere);
    const found = await findAbandonedSecrets();
    assert.equal(found.includes(gone), true);
    assert.equal(found.includes(elsewhere), false);
  } finally {
    for (const folder of [own, gone, elsewhere]) await removeSecretFolder(folder);
  }
});
