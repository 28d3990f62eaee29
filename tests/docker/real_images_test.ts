import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openRealDaemon, type RealDaemon, realDaemon } from "./real_daemon.ts";

let daemon: RealDaemon;

before(async () => {
  if (!("skip" in realDaemon)) daemon = await openRealDaemon();
});

after(async () => {
  await daemon?.[Symbol.asyncDispose]();
});

test("listImages() and diskUsage() tell of an image, and imageHistory() of its layers", realDaemon, async () => {
  const { engine, image } = daemon;
  const found = await engine.inspectImage(image);
  const listed = (await engine.listImages()).find(({ RepoTags }) => RepoTags.includes(image));
  assert.ok(found && listed);
  assert.equal(listed.Id, found.Id);
  assert.ok(listed.Size > 0);
  assert.equal(listed.Labels["mesos-docker-test"], "tiny");
  assert.ok(found.LastTagTime === undefined || !Number.isNaN(Date.parse(found.LastTagTime)));
  const steps = await engine.imageHistory(image);
  assert.ok(steps !== undefined);
  assert.ok(steps.every(({ Size }) => Size >= 0));
  assert.equal(await engine.imageHistory("mesos-docker-test/none:1"), undefined);
  const { apiVersion } = await engine.version();
  if (apiVersion === "1.24") return await assert.rejects(engine.diskUsage(), { code: "unsupported" });
  const usage = await engine.diskUsage();
  assert.ok(usage.LayersSize > 0);
  const used = usage.Images.find(({ Id }) => Id === found.Id);
  assert.ok(used?.SharedSize !== undefined && used.SharedSize >= 0);
});

test("events() between two moments tell what names an image was given, and end", realDaemon, async () => {
  const { engine, image } = daemon;
  const sinceMs = Date.now();
  const name = image.replace("tiny", "told");
  await engine.tagImage(image, name);
  await engine.removeImage(name);
  const seen: string[] = [];
  const filters = { type: ["image"] };
  // The daemon counts nanoseconds: what has just been done may be later than the millisecond that it was done in.
  const untilMs = Date.now() + 1;
  for await (const { action, attributes } of engine.events({ filters, sinceMs, untilMs })) {
    if (attributes.name === name || action === "untag") seen.push(action);
  }
  assert.equal(seen[0], "tag");
  assert.ok(seen.includes("untag"));
});
