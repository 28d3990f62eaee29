import { Buffer } from "node:buffer";
import { openDockerReader, readDockerImages } from "../../registry/archive/docker_reader.ts";
import type { Members } from "../../registry/archive/members.ts";
import { openOciReader } from "../../registry/archive/oci_reader.ts";
import { openSpool } from "../../registry/archive/spool.ts";
import { openTarMembers } from "../../registry/archive/tar_members.ts";
import { RegistryError } from "../../registry/registry_error.ts";
import { digestOf } from "../../registry/values/digest.ts";
import { childrenOf, parseManifest } from "../../registry/values/manifest.ts";
import { mediaTypes } from "../../registry/values/media_type.ts";
import { bytesAt, type TestMember, tarOf } from "../registry/archive/tars.ts";
import type { FuzzTarget } from "./fuzz_target.ts";

const layer = "a layer";
const config = JSON.stringify({ rootfs: { type: "layers", diff_ids: [digestOf(Buffer.from(layer))] } });
const describe = (mediaType: string, text: string) => ({
  ...{ mediaType, digest: digestOf(Buffer.from(text)), size: text.length },
});
const manifest = JSON.stringify({
  schemaVersion: 2,
  config: describe(mediaTypes.ociConfig, config),
  layers: [describe("application/vnd.oci.image.layer.v1.tar", layer)],
});
const nameOf = (text: string) => `blobs/${digestOf(Buffer.from(text)).replace(":", "/")}`;
const dockerMembers: TestMember[] = [
  ["c.json", config],
  ["l/layer.tar", layer],
  ["m/layer.tar", "", { type: "symlink", linkname: "../l/layer.tar" }],
  ["manifest.json", JSON.stringify([{ Config: "c.json", RepoTags: ["a:1"], Layers: ["m/layer.tar"] }])],
];
const ociMembers: TestMember[] = [
  ["oci-layout", '{"imageLayoutVersion":"1.0.0"}'],
  ["index.json", JSON.stringify({ schemaVersion: 2, manifests: [describe(mediaTypes.ociManifest, manifest)] })],
  ...[config, layer, manifest].map((text): TestMember => [nameOf(text), text]),
];
const seeds = await Promise.all(
  [dockerMembers, ociMembers].map(async (members) => (await tarOf(members)).toString("latin1")),
);

/** Archives of images, byte by byte as latin1: all that is in them is read. */
export const archiveTarget: FuzzTarget = {
  name: "archives",
  seeds,
  parse: async (text) => {
    const bytes = withChecksums(Buffer.from(text, "latin1"));
    const members = await openTarMembers(bytesAt(bytes), "fuzz");
    if ((await members.stat("oci-layout")) !== undefined) await readLayout(members);
    else await readDockerArchive(members);
  },
  errors: [RegistryError],
};

/** Headers with the sum that they have: a reader looks no further at one with a wrong sum. */
function withChecksums(tar: Buffer): Buffer {
  for (let at = 0; at + 512 <= tar.byteLength; at += 512) {
    const header = tar.subarray(at, at + 512);
    if (header.toString("latin1", 257, 262) !== "ustar") continue;
    header.fill(" ", 148, 156);
    const sum = header.reduce((total, byte) => total + byte, 0);
    header.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  }
  return tar;
}

async function readLayout(members: Members): Promise<void> {
  const { registry, entries } = await openOciReader(members);
  for (const { digest } of entries) {
    const { bytes, descriptor } = await registry.getManifest("a", digest);
    for (const child of childrenOf(parseManifest(bytes, descriptor.mediaType))) {
      for await (const _ of (await registry.getBlob("a", child.digest)).body);
    }
  }
}

async function readDockerArchive(members: Members): Promise<void> {
  await using spool = openSpool("/nowhere");
  for (const image of await readDockerImages(members)) {
    const { registry, digest } = await openDockerReader(members, image, {
      manifests: "oci",
      layers: "as they are",
      spool,
    });
    const { bytes, descriptor } = await registry.getManifest("a", digest);
    for (const child of childrenOf(parseManifest(bytes, descriptor.mediaType))) {
      for await (const _ of (await registry.getBlob("a", child.digest)).body);
    }
  }
}
