import assert from "node:assert/strict";
import { chmod, lchown, mkdir, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { listStateFolders, openStateFolder } from "../../../src/images/ensure/state_folder.ts";
import { openFixture } from "../../fakes/own_runtime.ts";

test("listStateFolders() begins with the usual or the wished place, and ends with a temporary one", () => {
  assert.equal(listStateFolders({})[0], "/var/lib/mesos-docker");
  assert.equal(listStateFolders({ MESOS_DOCKER_STATE: "/elsewhere" })[0], "/elsewhere");
  assert.equal(
    listStateFolders({ MESOS_DOCKER_STATE: "/elsewhere" }).at(-1),
    join(tmpdir(), `mesos-docker-${process.getuid?.()}`),
  );
});

test("openStateFolder() makes the first folder that it can, to write to for nobody else", async () => {
  await using fixture = await openFixture();
  await writeFile(join(fixture.path, "file"), "");
  const wanted = join(fixture.path, "a", "b");
  assert.equal(await openStateFolder([join(fixture.path, "file", "x"), wanted, "/never"]), wanted);
  assert.equal((await stat(wanted)).mode & 0o022, 0);
});

test("openStateFolder() takes no folder that others can write to, and no link to one", async () => {
  await using fixture = await openFixture();
  const [open, link, own] = ["open", "link", "own"].map((name) => join(fixture.path, name)) as [string, string, string];
  await mkdir(open);
  await chmod(open, 0o777);
  await symlink(open, link);
  assert.equal(await openStateFolder([open, link, own]), own);
  await assert.rejects(openStateFolder([open, link]), /not a folder that only we may write to.*not a folder that only/);
});

test("openStateFolder() follows a link of our own, as to another disk, and none of a stranger's", async (context) => {
  await using fixture = await openFixture();
  const [disk, link, own] = ["disk", "link", "own"].map((name) => join(fixture.path, name)) as [string, string, string];
  await mkdir(disk);
  await symlink(disk, link);
  assert.equal(await openStateFolder([link, own]), link);
  if (process.getuid?.() !== 0) return context.skip("only root can make a link of somebody else's");
  await lchown(link, 65_534, 65_534);
  assert.equal(await openStateFolder([link, own]), own);
});
