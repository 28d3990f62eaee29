// A small image that tests make themselves: busybox and links to it. No registry is needed.
import { execFile } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { promisify } from "node:util";
import { type Pack, pack } from "tar-stream";

/** Name under which {@link tinyImageArchive} brings the image, unless told otherwise. */
export const tinyImage = "mesos-docker-test/tiny:latest";

const applets = ["awk", "cat", "dd", "echo", "false", "head", "ls", "seq", "sh", "sleep", "tr", "true", "yes"];

const run = promisify(execFile);

/** The image as a docker-archive: what `docker save` would write, for `Engine.loadImage`. */
export async function* tinyImageArchive(options: { reference?: string } = {}): AsyncGenerator<Uint8Array> {
  const layer = await collect(toChunks(layerOf(await readBusybox())));
  const config = JSON.stringify({
    architecture: process.arch === "arm64" ? "arm64" : "amd64",
    os: "linux",
    config: { Cmd: ["/bin/sh"], Env: ["PATH=/bin"], Labels: { "mesos-docker-test": "tiny" } },
    rootfs: { type: "layers", diff_ids: [`sha256:${sha256(layer)}`] },
  });
  const configName = `${sha256(config)}.json`;
  const manifest = [{ Config: configName, RepoTags: [options.reference ?? tinyImage], Layers: ["layer.tar"] }];
  const archive = pack();
  archive.entry({ name: configName }, config);
  archive.entry({ name: "layer.tar" }, layer);
  archive.entry({ name: "manifest.json" }, JSON.stringify(manifest));
  archive.finalize();
  yield* toChunks(archive);
}

function layerOf(busybox: Buffer): Pack {
  const layer = pack();
  const mtime = new Date(0);
  layer.entry({ name: "tmp", type: "directory", mode: 0o1777, mtime });
  layer.entry({ name: "bin", type: "directory", mode: 0o755, mtime });
  layer.entry({ name: "bin/busybox", mode: 0o755, mtime }, busybox);
  for (const name of applets) layer.entry({ name: `bin/${name}`, type: "symlink", linkname: "busybox", mtime });
  layer.finalize();
  return layer;
}

/** The static busybox of this machine, else that of Debian's package, which is fetched and unpacked aside. */
async function readBusybox(): Promise<Buffer> {
  if (existsSync("/bin/busybox")) return await readFile("/bin/busybox");
  const folder = await mkdtemp(join(tmpdir(), "busybox-"));
  try {
    await run("apt-get", ["download", "busybox-static"], { cwd: folder });
    const [archive] = await readdir(folder);
    if (archive === undefined) throw new Error("apt-get download busybox-static left no file");
    await run("dpkg-deb", ["-x", join(folder, archive), join(folder, "tree")]);
    return await readFile(join(folder, "tree/bin/busybox"));
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** The types of tar-stream leave open what a pack gives. */
function toChunks(archive: Pack): AsyncIterable<Uint8Array> {
  return archive as AsyncIterable<Uint8Array>;
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return Buffer.concat(parts);
}

function sha256(bytes: string | Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
