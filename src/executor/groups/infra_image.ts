import { createHash } from "node:crypto";
import type { Engine } from "../../docker/mod.ts";
import { TaskError } from "../task/task_error.ts";
import { createInfraProgram, type InfraArchitecture, isInfraArchitecture } from "./infra_program.ts";

/** Name of the image; its tag changes when what is in it does. */
export const infraImage = "mesos-docker/infra:1";

/** Label of the image, for those who tidy up images. */
export const infraImageLabel = "mesos-docker.infra";

const programName = "infra";

/** An image as a docker-archive, and what the daemon will say of it when it is the same. */
interface InfraArchive {
  /** Digest of its one layer. */
  layerDigest: string;
  chunks: () => AsyncIterable<Uint8Array>;
}

/**
 * Makes sure that the daemon has the image of infra containers, which is made here: nothing is ever pulled for a group's own
 * container. An image of that name that holds something else is replaced. Throws {@link TaskError} `launch` for
 * architectures that there is no program for, and `EngineError`.
 */
export async function ensureInfraImage(engine: Engine, options: { signal: AbortSignal }): Promise<void> {
  const { arch } = await engine.version(options);
  if (!isInfraArchitecture(arch)) {
    const found = `the daemon's architecture is "${arch}", and there is one for amd64 and arm64 only`;
    throw new TaskError("launch", `Cannot make the image of a task group's container: ${found}`);
  }
  const archive = await createInfraArchive(arch);
  const known = await engine.inspectImage(infraImage, options);
  if (known?.Layers.length === 1 && known.Layers[0] === archive.layerDigest) return;
  await engine.loadImage(archive.chunks(), options);
}

/** The same bytes every time, so that every executor of a host finds the image that the first has loaded. */
export async function createInfraArchive(architecture: InfraArchitecture): Promise<InfraArchive> {
  const { pack } = await import("tar-stream");
  const layer = pack();
  layer.entry({ name: programName, mode: 0o555, mtime: new Date(0) }, Buffer.from(createInfraProgram(architecture)));
  layer.finalize();
  const layerBytes = await collect(layer as AsyncIterable<Uint8Array>);
  const layerDigest = `sha256:${toDigest(layerBytes)}`;
  const config = JSON.stringify({
    architecture,
    os: "linux",
    config: {
      Entrypoint: [`/${programName}`],
      StopSignal: "SIGKILL",
      Labels: { [infraImageLabel]: "1" },
    },
    rootfs: { type: "layers", diff_ids: [layerDigest] },
  });
  const configName = `${toDigest(config)}.json`;
  const manifest = [{ Config: configName, RepoTags: [infraImage], Layers: ["layer.tar"] }];
  return {
    layerDigest,
    chunks: () => {
      const archive = pack();
      archive.entry({ name: configName }, config);
      archive.entry({ name: "layer.tar" }, layerBytes);
      archive.entry({ name: "manifest.json" }, JSON.stringify(manifest));
      archive.finalize();
      return archive as AsyncIterable<Uint8Array>;
    },
  };
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  for await (const chunk of chunks) parts.push(chunk);
  return Buffer.concat(parts);
}

function toDigest(bytes: string | Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
