import assert from "node:assert/strict";
import { test } from "node:test";
import { memoryRegistry } from "../../../registry/mod.ts";
import { HeardManifests } from "../../../src/images/warm/heard_manifests.ts";
import { FakeClock } from "../../fakes/fake_clock.ts";
import { pushImage } from "../../registry/conformance/specimens.ts";

/** A registry that counts what it gives. */
function counted(longestMs: number) {
  return { longestMs, isCounted: () => true };
}

/** A registry with one tag, and what it is asked. */
async function open() {
  const registry = memoryRegistry();
  const asked: string[] = [];
  const reader = {
    statManifest: (...call: Parameters<typeof registry.statManifest>) => {
      asked.push(`HEAD ${call[0]}`);
      return registry.statManifest(...call);
    },
    getManifest: (...call: Parameters<typeof registry.getManifest>) => {
      asked.push(`GET ${call[0]}`);
      return registry.getManifest(...call);
    },
  };
  return { registry, reader, asked };
}

test("HeardManifests believe a tag for as long as who asks wants to", async () => {
  const clock = new FakeClock();
  const { registry, reader, asked } = await open();
  const first = await pushImage(registry, "a", ["v1"]);
  const heard = new HeardManifests(clock);
  const digestWithin = async (longestMs: number) =>
    (await heard.reader("host", reader, counted(longestMs))("a", "v1")).descriptor.digest;
  assert.equal(await digestWithin(1000), first.descriptor.digest);
  const second = await pushImage(registry, "a", ["v1"]);
  await clock.advance(999);
  assert.equal(await digestWithin(1000), first.descriptor.digest);
  assert.deepEqual(asked, ["HEAD a", "GET a"]);
  await clock.advance(1);
  assert.equal(await digestWithin(1000), second.descriptor.digest);
  assert.equal(await digestWithin(0), second.descriptor.digest);
  assert.deepEqual(asked, ["HEAD a", "GET a", "HEAD a", "GET a", "HEAD a"]);
});

test("HeardManifests of one repository are not given to who asks another one, or another host", async () => {
  const { registry, reader, asked } = await open();
  const { descriptor } = await pushImage(registry, "a", []);
  const heard = new HeardManifests(new FakeClock());
  await heard.reader("host", reader, counted(0))("a", descriptor.digest);
  await assert.rejects(heard.reader("host", reader, counted(0))("b", descriptor.digest), { code: "MANIFEST_UNKNOWN" });
  await heard.reader("elsewhere", reader, counted(0))("a", descriptor.digest);
  assert.deepEqual(asked, ["GET a", "GET b", "GET a"]);
});

test("HeardManifests ask a registry that counts nothing for a new tag by one request", async () => {
  const { registry, reader, asked } = await open();
  const { descriptor } = await pushImage(registry, "a", ["v1"]);
  const read = new HeardManifests(new FakeClock()).reader("host", reader, { longestMs: 0, isCounted: () => false });
  assert.equal((await read("a", "v1")).descriptor.digest, descriptor.digest);
  assert.deepEqual(asked, ["GET a"]);
  await read("a", "v1");
  await read("a", descriptor.digest);
  assert.deepEqual(asked, ["GET a", "HEAD a"]);
});
