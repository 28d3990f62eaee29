import assert from "node:assert/strict";
import { test } from "node:test";
import { openEngine } from "../../../src/docker/mod.ts";
import { answerJson, type FakeAnswer, type FakeDaemon, startFakeDaemon, version29 } from "../fake_daemon.ts";

const id = `sha256:${"1".repeat(64)}`;

const listed = {
  Id: id,
  RepoTags: ["a:1", "<none>:<none>"],
  RepoDigests: null,
  Created: 17,
  Size: 30,
  VirtualSize: 30,
  SharedSize: -1,
  Labels: null,
};

const image = { Id: id, RepoTags: ["a:1"], RepoDigests: [], Created: 17, Size: 30, Labels: {} };

function last(daemon: FakeDaemon): string | undefined {
  return daemon.requests.at(-1);
}

function answer(value: unknown): FakeAnswer {
  return (_request, response) => answerJson(response, 200, value);
}

test("listImages() gives no name for an image without one, and no shared size that nobody has worked out", async () => {
  const nameless = { ...listed, RepoTags: ["<none>:<none>"], RepoDigests: ["<none>@<none>"], SharedSize: 12 };
  await using daemon = await startFakeDaemon(answer([listed, nameless]));
  await using engine = openEngine(daemon.address);
  assert.deepEqual(await engine.listImages(), [image, { ...image, RepoTags: [], SharedSize: 12 }]);
  assert.equal(last(daemon), "GET /v1.41/images/json");
});

test("listImages() says what makes no sense", async () => {
  for (const value of [{}, [{ Id: 1 }], [[]]]) {
    await using daemon = await startFakeDaemon(answer(value));
    await using engine = openEngine(daemon.address);
    await assert.rejects(engine.listImages(), {
      code: "failed",
      message: /^Cannot list the images of ".*makes no sense/,
    });
  }
});

test("imageHistory() gives the steps, newest first, and nothing for an image that is not there", async () => {
  const steps = [
    { Id: "<missing>", Created: 2, CreatedBy: "CMD", Size: 0, Comment: "", Tags: null },
    { Id: id, Created: 1, CreatedBy: "ADD", Size: 30, Comment: "", Tags: ["a:1"] },
  ];
  await using daemon = await startFakeDaemon((request, response) =>
    request.path === "/images/a%3A1/history"
      ? answerJson(response, 200, steps)
      : answerJson(response, 404, { message: "no" }),
  );
  await using engine = openEngine(daemon.address);
  assert.deepEqual(await engine.imageHistory("a:1"), [
    { Created: 2, CreatedBy: "CMD", Size: 0 },
    { Created: 1, CreatedBy: "ADD", Size: 30 },
  ]);
  assert.equal(await engine.imageHistory("b:1"), undefined);
  await assert.rejects(engine.imageHistory("a/../b"), { code: "invalid" });
});

test("diskUsage() reads both forms, and asks for images alone where the daemon can tell of them alone", async () => {
  const usage = { LayersSize: 30, Images: [{ ...listed, SharedSize: 30 }], Containers: [], Volumes: null };
  const expected = { LayersSize: 30, Images: [{ ...image, SharedSize: 30 }] };
  await using daemon = await startFakeDaemon(answer(usage));
  await using engine = openEngine(daemon.address);
  assert.deepEqual(await engine.diskUsage(), expected);
  assert.equal(last(daemon), "GET /v1.41/system/df");

  const newer = { ImageUsage: { TotalSize: 30, TotalCount: 1, Items: [{ ...listed, SharedSize: 30 }] } };
  await using newDaemon = await startFakeDaemon(answer(newer), { version: version29 });
  await using newEngine = openEngine(newDaemon.address);
  assert.deepEqual(await newEngine.diskUsage(), expected);
  assert.equal(last(newDaemon), "GET /v1.52/system/df?type=image&verbose=1");
});

test("diskUsage() is not there before API 1.25", async () => {
  await using daemon = await startFakeDaemon(() => assert.fail("nothing may be sent"));
  await using engine = openEngine(daemon.address, { apiVersion: "1.24" });
  await assert.rejects(engine.diskUsage(), {
    code: "unsupported",
    message: /the disk usage needs API 1.25, spoken is 1.24$/,
  });
});
