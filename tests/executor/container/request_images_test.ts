import assert from "node:assert/strict";
import { test } from "node:test";
import { TaskError } from "../../../src/executor/task/task_error.ts";
import { createSpec } from "../task_specimen.ts";
import { createParts, open } from "./request_bench.ts";

test("openContainerRequest() pulls with the task's own credentials, and asks nobody else for any", async () => {
  const asked: string[] = [];
  const parts = createParts({
    findAuth: async (image) => {
      asked.push(image);
      return { kind: "password", username: "other", password: "p", serverAddress: "" };
    },
  });
  const registryAuth = { kind: "password", username: "me", password: "p", serverAddress: "reg.example" } as const;
  for (const image of ["reg.example/a", "reg.example/b"]) parts.engine.registry.add(image);
  await using _own = await open(createSpec({ image: "reg.example/a", registryAuth }), parts);
  await using _found = await open(createSpec({ image: "reg.example/b" }), parts);
  const users = parts.engine
    .callsOf("pullImage")
    .map(({ options }) => (options as { auth: { username: string } }).auth.username);
  assert.deepEqual(users, ["me", "other"]);
  assert.deepEqual(asked, ["reg.example/b"]);
});

test("openContainerRequest() asks for images by what they were obtained as", async () => {
  const parts = createParts({ obtain: async ({ image }) => `sha256:${image}` });
  const mount = { target: "/c", mode: "ro", source: "container.volumes[0]", kind: "image", image: "data" } as const;
  await using request = await open(createSpec({ image: "app", mounts: [mount] }), parts);
  assert.equal(request.create.body.Image, "sha256:app");
  assert.equal(request.create.body.HostConfig?.Mounts?.[0]?.Source, "sha256:data");
});

test("openContainerRequest() keeps the image from being collected before it asks for it, until the container is there", async () => {
  const happened: string[] = [];
  const parts = createParts({
    obtain: async ({ image }) => {
      happened.push("obtained");
      return image;
    },
    lease: async ({ reference, purpose }) => {
      happened.push(`leased ${reference} for ${purpose}`);
      return { [Symbol.asyncDispose]: async () => void happened.push("released") };
    },
  });
  {
    await using request = await open(createSpec({ image: "app" }), parts);
    await request.created?.();
    assert.deepEqual(happened, ["leased app for task t1", "obtained", "released"]);
  }
  assert.equal(happened.length, 3, "once is enough");
});

test("openContainerRequest() lets go of an image that it could not get", async () => {
  let held = 0;
  const parts = createParts({
    obtain: () => Promise.reject(new TaskError("image", "no")),
    lease: async () => {
      held++;
      return { [Symbol.asyncDispose]: async () => void held-- };
    },
  });
  await assert.rejects(open(createSpec({ image: "app" }), parts), { code: "image" });
  assert.equal(held, 0);
});

test("openContainerRequest() gets the images that are mounted", async () => {
  const parts = createParts();
  parts.engine.registry.add("data");
  const mount = { target: "/c", mode: "ro", source: "container.volumes[0]", kind: "image", image: "data" } as const;
  await using request = await open(createSpec({ mounts: [mount] }), parts);
  assert.ok(parts.engine.images.has("data"));
  assert.deepEqual(request.create.body.HostConfig?.Mounts?.[0], {
    Type: "image",
    Source: "data",
    Target: "/c",
    ReadOnly: true,
  });
});

test("openContainerRequest() takes from an archive what the daemon does not have, and asks no registry", async () => {
  const happened: string[] = [];
  const parts = createParts({
    loadArchive: async ({ image, imageArchive }, { keep }) => {
      await keep("app:archive-1");
      happened.push(`loaded ${image} from ${imageArchive}`);
      return "sha256:1";
    },
    lease: async ({ reference }) => {
      happened.push(`leased ${reference}`);
      return { [Symbol.asyncDispose]: async () => void happened.push(`released ${reference}`) };
    },
  });
  await using request = await open(createSpec({ image: "app", imageArchive: "app.tar" }), parts);
  assert.equal(request.create.body.Image, "sha256:1");
  assert.deepEqual(happened, ["leased app", "leased app:archive-1", "loaded app from app.tar"]);
  await request.created?.();
  assert.deepEqual(happened.slice(3).sort(), ["released app", "released app:archive-1"]);
  happened.length = 0;
  await using present = await open(createSpec({ image: "busybox", imageArchive: "app.tar" }), parts);
  assert.equal(present.create.body.Image, "busybox");
  await using _anew = await open(createSpec({ image: "busybox", imageArchive: "app.tar", pull: "always" }), parts);
  assert.ok(happened.includes("loaded busybox from app.tar"));
  assert.deepEqual(parts.engine.callsOf("pullImage"), []);
});
