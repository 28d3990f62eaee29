import { randomBytes } from "node:crypto";
import { mediaTypes } from "../../registry/values/media_type.ts";
import { packLayer } from "../images/layer.ts";
import { blobOf, manifestOf, pushManifest, pushSpecimen } from "../registry/conformance/specimens.ts";
import type { DockerBench } from "./cases.ts";
import { withDaemonsId } from "./image_id.ts";
import type { Upstream } from "./pull_scene.ts";
import { pushFromDaemon } from "./served_registry.ts";

/** Pushes an image that the daemon does not have: the bench's, and a layer of random bytes over it. */
export async function pushRunnableImage(
  { engine, image }: Pick<DockerBench, "engine" | "image">,
  upstream: Pick<Upstream, "content" | "host">,
  { repository, tag, bytes }: { repository: string; tag: string; bytes: number },
): Promise<{ id: string; config: string; digest: string; layer: string }> {
  const base = `${upstream.host}/${repository}:base`;
  await engine.tagImage(image, base);
  try {
    await pushFromDaemon(base);
  } finally {
    await engine.removeImage(base);
  }
  const { content } = upstream;
  const decode = (text: Uint8Array) => JSON.parse(new TextDecoder().decode(text));
  const manifest = decode((await content.getManifest(repository, "base")).bytes);
  const { body } = await content.getBlob(repository, manifest.config.digest);
  const baseConfig = decode(Buffer.concat(await Array.fromAsync(body)));
  const { tar } = await packLayer([{ kind: "file", path: "random", mode: 0o644, content: randomBytes(bytes) }]);
  const layer = blobOf(tar);
  const entry = { created: baseConfig.created, created_by: "a test" };
  const over = blobOf(
    new TextEncoder().encode(
      JSON.stringify({
        ...baseConfig,
        rootfs: { ...baseConfig.rootfs, diff_ids: [...baseConfig.rootfs.diff_ids, layer.descriptor.digest] },
        history: [...(baseConfig.history ?? []), entry],
      }),
    ),
  );
  for (const blob of [layer, over]) await pushSpecimen(content, repository, blob);
  const mediaType = "application/vnd.docker.image.rootfs.diff.tar";
  const whole = manifestOf({
    ...manifest,
    mediaType: mediaTypes.dockerManifest,
    config: { ...manifest.config, digest: over.descriptor.digest, size: over.descriptor.size },
    layers: [...manifest.layers, { ...layer.descriptor, mediaType }],
  });
  await pushManifest(content, repository, whole, [tag]);
  const { digest } = whole.descriptor;
  const config = over.descriptor.digest;
  return await withDaemonsId(engine, { id: config, config, digest, layer: layer.descriptor.digest });
}
