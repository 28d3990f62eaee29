import assert from "node:assert/strict";
import { test } from "node:test";
import { ensureImage } from "../../../src/executor/container/image.ts";
import { TaskError } from "../../../src/executor/task/task_error.ts";
import { fail, hang } from "../../fakes/engine_faults.ts";
import { FakeEngine } from "../../fakes/fake_engine.ts";
import { createSpec } from "../task_specimen.ts";

const { signal } = new AbortController();
const findAuth = () => Promise.resolve(undefined);

test("ensureImage() pulls nothing that is here", async () => {
  const engine = new FakeEngine({ images: ["busybox"] });
  await ensureImage(engine, createSpec(), { signal, findAuth });
  assert.deepEqual(engine.methods, ["inspectImage"]);
});

test("ensureImage() pulls what is not here, under the name that the task says", async () => {
  const engine = new FakeEngine();
  const image = `repo/app@sha256:${"a".repeat(64)}`;
  engine.registry.add(image);
  await ensureImage(engine, createSpec({ image }), { signal, findAuth });
  assert.equal(engine.callsOf("pullImage")[0]?.subject, image);
  assert.ok(engine.images.has(image));
});

test("ensureImage() pulls what is here when the task forces it", async () => {
  const engine = new FakeEngine({ images: ["busybox"] });
  engine.registry.add("busybox");
  await ensureImage(engine, createSpec({ pull: "always" }), { signal, findAuth });
  assert.deepEqual(engine.methods, ["pullImage"]);
});

test("ensureImage() says which image could not be had, and why", async () => {
  const engine = new FakeEngine();
  engine.once("pullImage", fail("forbidden", "denied: requested access to the resource is denied"));
  await assert.rejects(
    ensureImage(engine, createSpec({ image: "secret/app" }), { signal, findAuth }),
    new TaskError("image", 'Cannot get image "secret/app": denied: requested access to the resource is denied'),
  );
});

test("ensureImage() ends with its signal", async () => {
  const engine = new FakeEngine();
  engine.once("pullImage", hang());
  const ending = new AbortController();
  const ensured = ensureImage(engine, createSpec(), { signal: ending.signal, findAuth });
  ending.abort(new Error("stop"));
  await assert.rejects(ensured);
});

test("ensureImage() passes an error on that is not the daemon's", async () => {
  const engine = new FakeEngine();
  engine.pullImage = () => Promise.reject(new RangeError("a bug"));
  await assert.rejects(ensureImage(engine, createSpec(), { signal, findAuth }), new RangeError("a bug"));
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
