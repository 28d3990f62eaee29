import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { Readable } from "node:stream";
import { test } from "node:test";
import { extract } from "tar-stream";
import { encodeConfig, type Image, writeArchive } from "./archive.ts";
import { packLayer } from "./layer.ts";

async function image(): Promise<Image> {
  const layer = await packLayer([{ kind: "file", path: "a", mode: 0o644, content: Buffer.from("a") }]);
  const top = await packLayer([]);
  return {
    reference: "mesos-docker/x:1",
    architecture: "amd64",
    config: { Env: ["PATH=/bin"], Cmd: ["sh", "-c", "true"], StopSignal: "SIGINT" },
    layers: [
      { layer, createdBy: "a" },
      { layer: top, createdBy: "b" },
      { layer: top, createdBy: "c" },
    ],
  };
}

async function bytesOf(given: Image): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of writeArchive(given)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

test("writeArchive() writes layers, config and a manifest that names them", async () => {
  const given = await image();
  const files = new Map<string, Buffer>();
  for await (const member of Readable.from([await bytesOf(given)]).pipe(extract())) {
    const chunks: Uint8Array[] = [];
    for await (const chunk of member) chunks.push(chunk as Uint8Array);
    assert.equal(files.has(member.header.name), false, `${member.header.name} comes twice`);
    files.set(member.header.name, Buffer.concat(chunks));
  }
  const [manifest, ...others] = JSON.parse(String(files.get("manifest.json")));
  assert.deepEqual(others, []);
  assert.deepEqual(manifest.RepoTags, ["mesos-docker/x:1"]);
  const config = files.get(manifest.Config);
  assert.ok(config !== undefined);
  assert.equal(manifest.Config, `${createHash("sha256").update(config).digest("hex")}.json`);
  const { rootfs, history, ...rest } = JSON.parse(config.toString());
  assert.deepEqual(rest, { architecture: "amd64", os: "linux", created: "1970-01-01T00:00:00Z", config: given.config });
  assert.equal(history.length, 3);
  const digests = manifest.Layers.map((name: string) =>
    createHash("sha256")
      .update(files.get(name) ?? "")
      .digest("hex"),
  );
  assert.deepEqual(rootfs, { type: "layers", diff_ids: digests.map((digest: string) => `sha256:${digest}`) });
  assert.deepEqual(
    given.layers.map(({ layer }) => layer.digest),
    digests,
  );
});

test("writeArchive() and encodeConfig() give the same bytes for the same image", async () => {
  assert.ok((await bytesOf(await image())).equals(await bytesOf(await image())));
  assert.deepEqual(encodeConfig(await image()), encodeConfig(await image()));
  const other = { ...(await image()), architecture: "arm64" };
  assert.notEqual(encodeConfig(other).digest, encodeConfig(await image()).digest);
});
