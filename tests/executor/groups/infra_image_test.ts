import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { test } from "node:test";
import { extract } from "tar-stream";
import { createInfraArchive, ensureInfraImage, infraImage } from "../../../src/executor/groups/infra_image.ts";
import { createInfraProgram } from "../../../src/executor/groups/infra_program.ts";
import { TaskError } from "../../../src/executor/task/task_error.ts";
import { plainImage, plainVersion } from "../../fakes/engine_specimens.ts";
import { FakeEngine } from "../../fakes/fake_engine.ts";

const { signal } = new AbortController();

async function readArchive(chunks: AsyncIterable<Uint8Array>): Promise<Map<string, Buffer>> {
  const files = new Map<string, Buffer>();
  const reader = extract();
  const writing = (async () => {
    for await (const chunk of chunks) reader.write(chunk);
    reader.end(undefined);
  })();
  for await (const entry of reader) {
    const parts: Uint8Array[] = [];
    for await (const part of entry as AsyncIterable<Uint8Array>) parts.push(part);
    files.set(entry.header.name, Buffer.concat(parts));
  }
  await writing;
  return files;
}

const toDigest = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

test("the archive holds one image of one layer, with the program alone in it", async () => {
  const { layerDigest, chunks } = await createInfraArchive("amd64");
  const files = await readArchive(chunks());
  const [manifest] = JSON.parse(files.get("manifest.json")?.toString() ?? "") as Record<string, string[]>[];
  assert.deepEqual([manifest?.RepoTags, manifest?.Layers], [[infraImage], ["layer.tar"]]);
  const layer = files.get("layer.tar") ?? assert.fail("there is a layer");
  assert.equal(`sha256:${toDigest(layer)}`, layerDigest);
  const config = files.get(String(manifest?.Config)) ?? assert.fail("there is a config");
  assert.equal(`${toDigest(config)}.json`, manifest?.Config);
  const image = JSON.parse(config.toString()) as { architecture: string; config: Record<string, unknown> };
  assert.equal(image.architecture, "amd64");
  assert.deepEqual([image.config.Entrypoint, image.config.StopSignal], [["/infra"], "SIGKILL"]);
  const inLayer = await readArchive([layer] as never);
  assert.deepEqual([...inLayer.keys()], ["infra"]);
  assert.deepEqual(inLayer.get("infra"), Buffer.from(createInfraProgram("amd64")));
});

test("the image is the same every time", async () => {
  const [one, other] = [await createInfraArchive("arm64"), await createInfraArchive("arm64")];
  assert.equal(one.layerDigest, other.layerDigest);
});

for (const [title, layers, loads] of [
  ["is loaded when the daemon lacks it", undefined, 1],
  ["is not loaded again", "same", 0],
  ["is loaded in the place of another one of its name", "other", 1],
] as const) {
  test(`the image ${title}`, async () => {
    const engine = new FakeEngine();
    engine.archive = [infraImage];
    const { layerDigest } = await createInfraArchive("amd64");
    const Layers = layers === "same" ? [layerDigest] : [`sha256:${"1".repeat(64)}`];
    engine.inspectImage = async () => (layers === undefined ? undefined : { ...plainImage, Layers });
    await ensureInfraImage(engine, { signal });
    assert.equal(engine.callsOf("loadImage").length, loads);
  });
}

test("a daemon of another architecture is told so", async () => {
  const engine = new FakeEngine();
  engine.version = async () => ({ ...plainVersion, arch: "s390x" });
  await assert.rejects(ensureInfraImage(engine, { signal }), (error) => {
    assert.ok(error instanceof TaskError);
    assert.equal(error.code, "launch");
    const found = `the daemon's architecture is "s390x", and there is one for amd64 and arm64 only`;
    assert.equal(error.message, `Cannot make the image of a task group's container: ${found}`);
    return true;
  });
});
