import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type TestContext, test } from "node:test";
import { linkVolumes, unlinkVolumes } from "../../../../src/mesos/embedded/container/volumes.ts";
import { toResources } from "../../../../src/mesos/embedded/messages.ts";
import { writeVolume } from "../../../../src/mesos/embedded/offers/persistent_volume.ts";

function open(context: TestContext) {
  const workDir = mkdtempSync(join(tmpdir(), "volumes-"));
  context.after(() => rmSync(workDir, { recursive: true, force: true }));
  const sandbox = join(workDir, "sandbox");
  mkdirSync(sandbox);
  return { workDir, sandbox };
}

const resources = toResources([writeVolume({ id: "data", size: 1, containerPath: "here" }, "a/b")]);

test("linkVolumes() makes a volume once, and a link to it in each sandbox", (context) => {
  const place = open(context);
  linkVolumes(resources, place);
  const volume = join(place.workDir, "volumes", "roles", "a b", "data");
  assert.equal(readlinkSync(join(place.sandbox, "here")), volume);
  writeFileSync(join(place.sandbox, "here", "file"), "kept");
  linkVolumes(resources, place);
  const sandbox = join(place.workDir, "another");
  mkdirSync(sandbox);
  linkVolumes(resources, { ...place, sandbox });
  assert.equal(readFileSync(join(sandbox, "here", "file"), "utf8"), "kept");
});

test("linkVolumes() fails when something else lies where a volume belongs", (context) => {
  const place = open(context);
  writeFileSync(join(place.sandbox, "here"), "mine");
  assert.throws(() => linkVolumes(resources, place), /something else at ".*\/here"$/);
});

test("unlinkVolumes() leaves the volume, and what is no link to it", (context) => {
  const place = open(context);
  linkVolumes(resources, place);
  writeFileSync(join(place.sandbox, "here", "file"), "kept");
  unlinkVolumes(resources, place);
  assert.deepEqual(readdirSync(place.sandbox), []);
  assert.equal(readFileSync(join(place.workDir, "volumes", "roles", "a b", "data", "file"), "utf8"), "kept");
  writeFileSync(join(place.sandbox, "here"), "mine");
  unlinkVolumes(resources, place);
  assert.deepEqual(readdirSync(place.sandbox), ["here"]);
});
