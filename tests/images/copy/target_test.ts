import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { mkdir, readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { memoryRegistry, openSpool, parseReference } from "../../../registry/mod.ts";
import type { CopyMeans } from "../../../src/images/copy/means.ts";
import { parseCopySide } from "../../../src/images/copy/side.ts";
import { openSource } from "../../../src/images/copy/source.ts";
import { openPlannedTarget, openTarget } from "../../../src/images/copy/target.ts";
import { Places } from "../../../src/images/mirror/places.ts";
import { silentLog } from "../../../src/runtime/log.ts";
import { archiveFolder, tarOf } from "../../registry/archive/tars.ts";
import { pushImage } from "../../registry/conformance/specimens.ts";

const name = parseReference("registry.lab:5000/team/app:v7");
const source = { registry: memoryRegistry(), repository: "app", target: "v7", name };

function meansIn(folder: string): CopyMeans & { input: () => never; output: () => Promise<void> } {
  return {
    places: new Places({ variables: {}, log: silentLog }),
    engine: () => assert.fail("the daemon was asked"),
    spool: openSpool(folder),
    signal: new AbortController().signal,
    input: () => assert.fail("standard input was read"),
    output: async () => undefined,
  };
}

test("a target without a name takes the source's tag, and one with a name its own", async () => {
  await using folder = await archiveFolder();
  const means = meansIn(folder.path);
  for (const [text, tags] of [
    [`oci:${folder.path}/a`, ["v7"]],
    [`oci:${folder.path}/b:one`, ["one"]],
    ["127.0.0.1:1/app:v2", ["v2"]],
    ["127.0.0.1:1/app", ["latest"]],
  ] as const) {
    await using target = await openTarget(parseCopySide(text), source, means);
    assert.deepEqual(target.tags, tags, text);
  }
});

test("a target that cannot be opened leaves nothing behind", async () => {
  await using folder = await archiveFolder();
  const means = meansIn(folder.path);
  const layout = join(folder.path, "layout");
  await mkdir(layout);
  await writeFile(join(layout, "index.json"), "{}");
  const bad = parseCopySide(`docker-archive:${join(folder.path, "out.tar")}:team/UPPER`);
  await assert.rejects(openTarget(bad, source, means), { name: "ReferenceSyntaxError" });
  await assert.rejects(openTarget(parseCopySide(`oci:${layout}`), source, means), { code: "CORRUPT" });
  assert.deepEqual([await readdir(folder.path), await readdir(layout)], [["layout"], ["index.json"]]);
});

test("a planned target makes no folder", async () => {
  await using folder = await archiveFolder();
  const { registry } = await openPlannedTarget(parseCopySide(`oci:${folder.path}/new`), source, meansIn(folder.path));
  await assert.rejects(registry.statManifest("image", "v1"), { code: "MANIFEST_UNKNOWN" });
  assert.deepEqual(await readdir(folder.path), []);
});

test("a registry is given under a digest what has it, and nothing else", async () => {
  await using folder = await archiveFolder();
  const registry = memoryRegistry();
  const { descriptor } = await pushImage(registry, "app", ["v7"]);
  const from = { ...source, registry };
  const means = meansIn(folder.path);
  const own = parseCopySide(`127.0.0.1:1/app@${descriptor.digest}`);
  await using target = await openTarget(own, from, means);
  assert.deepEqual(target.tags, []);
  await using named = await openTarget(parseCopySide(`127.0.0.1:1/app:v9@${descriptor.digest}`), from, means);
  assert.deepEqual(named.tags, ["v9"]);
  const other = `127.0.0.1:1/app@sha256:${"0".repeat(64)}`;
  const message = `Cannot copy to "${other}": found an image of digest ${descriptor.digest}`;
  for (const open of [openTarget, openPlannedTarget]) {
    await assert.rejects(async () => await open(parseCopySide(other), from, means), {
      code: "DIGEST_INVALID",
      message,
    });
  }
});

test("a folder is no archive, and a file no folder", async () => {
  await using folder = await archiveFolder();
  const means = meansIn(folder.path);
  const { path } = folder;
  const file = await folder.write("a.tar", Buffer.from("a"));
  const shape = { manifests: "oci", layers: "gzip" } as const;
  const found = "found a folder, expected";
  for (const kind of ["oci-archive", "docker-archive"]) {
    const opening = openSource(parseCopySide(`${kind}:${path}`), shape, means);
    await assert.rejects(opening, { message: `Cannot read "${path}": ${found} an archive` });
  }
  for (const [place, message] of [
    [path, `Cannot write "${path}": ${found} a place for an archive`],
    [`${file}/b.tar`, new RegExp(`^Cannot write "${file}/b.tar": E[A-Z]+: `)],
  ] as const) {
    await using target = await openTarget(parseCopySide(`oci-archive:${place}`), source, means);
    await assert.rejects(target.finish(), { message });
  }
  const layout = parseCopySide(`oci:${file}`);
  await assert.rejects(openSource(layout, shape, means), { message: new RegExp(`^Cannot read "${file}": E[A-Z]+: `) });
  await assert.rejects(openTarget(layout, source, means), {
    message: new RegExp(`^Cannot write "${file}": E[A-Z]+: `),
  });
  assert.deepEqual(await readdir(path), ["a.tar"]);
});

test("a source of several images has to be told which one", async () => {
  await using folder = await archiveFolder();
  const entry = (tag: string) => ({
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    digest: `sha256:${"0".repeat(64)}`,
    size: 1,
    annotations: { "org.opencontainers.image.ref.name": tag },
  });
  const open = async (...tags: string[]) => {
    const index = JSON.stringify({ schemaVersion: 2, manifests: tags.map(entry) });
    const members = { "oci-layout": '{"imageLayoutVersion":"1.0.0"}', "index.json": index };
    const path = await folder.write("a.tar", Buffer.from(await tarOf(Object.entries(members))));
    const shape = { manifests: "oci", layers: "gzip" } as const;
    return await openSource(parseCopySide(`oci-archive:${path}`), shape, meansIn(folder.path));
  };
  assert.equal((await open("v1")).tag, "v1");
  await assert.rejects(open("v1", "v2"), { message: /say which image of it, found v1, v2$/ });
  await assert.rejects(open(), { message: /it holds no image/ });
});
