// Images of a few layers that a test makes itself, with files of a size of its choice.
import { createHash } from "node:crypto";
import process from "node:process";
import { buffer } from "node:stream/consumers";
import { pack } from "tar-stream";
import type { Engine } from "../../src/docker/mod.ts";

/** A layer as a tar archive. */
export type LayerTar = Uint8Array;

/** A layer with one file of bytes that nothing can shorten, the same for the same name. */
export async function layerOf(name: string, bytes: number): Promise<LayerTar> {
  const layer = pack();
  layer.entry({ name, mtime: new Date(0) }, noise(name, bytes));
  layer.finalize();
  return await buffer(layer);
}

/** A layer with many small files. */
export async function manyFilesOf(name: string, count: number): Promise<LayerTar> {
  const layer = pack();
  for (let number = 0; number < count; number++) layer.entry({ name: `${name}/${number}`, mtime: new Date(0) }, name);
  layer.finalize();
  return await buffer(layer);
}

/** Loads an image of these layers, lowest first; gives its id. */
export async function loadLayers(engine: Engine, reference: string, layers: readonly LayerTar[]): Promise<string> {
  const config = JSON.stringify({
    architecture: process.arch === "arm64" ? "arm64" : "amd64",
    os: "linux",
    config: { Cmd: ["/none"], Labels: { "mesos-docker-test": reference } },
    rootfs: { type: "layers", diff_ids: layers.map((layer) => `sha256:${sha256(layer)}`) },
    history: layers.map((_, index) => ({ created: "2026-01-01T00:00:00Z", created_by: `layer ${index}` })),
  });
  const archive = pack();
  const configName = `${sha256(config)}.json`;
  archive.entry({ name: configName }, config);
  for (const layer of layers) archive.entry({ name: `${sha256(layer)}.tar` }, Buffer.from(layer));
  const manifest = { Config: configName, RepoTags: [reference], Layers: layers.map((layer) => `${sha256(layer)}.tar`) };
  archive.entry({ name: "manifest.json" }, JSON.stringify([manifest]));
  archive.finalize();
  await engine.loadImage(archive as AsyncIterable<Uint8Array>);
  const image = await engine.inspectImage(reference);
  if (image === undefined) throw new Error(`Cannot load ${reference}: it is not there`);
  return image.Id;
}

function noise(seed: string, bytes: number): Buffer {
  const chunks: Buffer[] = [];
  for (let length = 0, number = 0; length < bytes; length += 32, number++) {
    chunks.push(createHash("sha256").update(`${seed} ${number}`).digest());
  }
  return Buffer.concat(chunks).subarray(0, bytes);
}

function sha256(bytes: string | Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
