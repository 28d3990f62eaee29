import assert from "node:assert/strict";
import { test } from "node:test";
import { ensureImage } from "../../../src/executor/container/image.ts";
import { FakeEngine } from "../../fakes/fake_engine.ts";
import { createSpec } from "../task_specimen.ts";

const { signal } = new AbortController();
const findAuth = () => Promise.resolve(undefined);

test("ensureImage() asks nobody for what is here", async () => {
  const engine = new FakeEngine({ images: ["busybox"] });
  const obtain = () => assert.fail("it was obtained");
  assert.equal(await ensureImage(engine, createSpec(), { signal, findAuth, obtain }), "busybox");
  assert.deepEqual(engine.methods, ["inspectImage"]);
});

test("ensureImage() leaves what is not here to whoever obtains images, and gives the name that it gives", async () => {
  const engine = new FakeEngine({ images: ["busybox"] });
  const asked: string[] = [];
  const obtain = async ({ image, pull }: { image: string; pull: string }) => {
    asked.push(`${image} ${pull}`);
    return "sha256:id";
  };
  const options = { signal, findAuth, obtain };
  assert.equal(await ensureImage(engine, createSpec(), options), "busybox");
  assert.equal(await ensureImage(engine, createSpec({ image: "other", pull: "never" }), options), "sha256:id");
  assert.equal(await ensureImage(engine, createSpec({ pull: "always" }), options), "sha256:id");
  assert.deepEqual(asked, ["other never", "busybox always"]);
  assert.deepEqual(engine.callsOf("pullImage"), []);
});
