// Images of OCI for Mesos' own containerizer, from the compiled program: a real image, brought in by real clients.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openRegistryClient } from "../../registry/client/open_registry_client.ts";
import { parsePlatform } from "../../registry/values/platform.ts";
import { pushIndex } from "../registry/schema2/packed_image.ts";
import { askLikeUcr, pullLikeUcr } from "../registry/schema2/ucr_puller.ts";
import { testOnDocker } from "./cases.ts";
import { runCommand } from "./command.ts";
import { withDaemonsId } from "./image_id.ts";
import { openStoreFolder, pushFromDaemon, serveRegistry } from "./served_registry.ts";

const skopeo = "/usr/bin/skopeo";

async function run(...words: string[]): Promise<string> {
  const { end, stdout, stderr } = await runCommand(words);
  assert.equal(end, 0, stderr);
  return stdout;
}

/** An index of OCI with one image for this machine, made by skopeo of what a daemon has pushed; `format` packs its layers. */
async function pushOciIndex(host: string, from: string, tag: string, format: "gzip" | "zstd"): Promise<string> {
  const packing = ["--dest-compress-format", format, "--format", "oci"];
  const places = [`docker://${from}`, `docker://${host}/team/busybox:image-${tag}`];
  const insecure = ["--src-tls-verify=false", "--dest-tls-verify=false"];
  await run(skopeo, "--insecure-policy", "copy", ...insecure, ...packing, ...places);
  using registry = openRegistryClient(host);
  const image = await registry.getManifest("team/busybox", `image-${tag}`);
  const { architecture } = parsePlatform(`linux/${process.arch}`);
  const index = await pushIndex(registry, "team/busybox", { [`linux/${architecture}`]: image }, { tags: [tag] });
  return index.descriptor.digest;
}

/** The digest of an image's configuration, by which a daemon with a storage driver calls it. */
async function readConfigDigest(host: string, repository: string, tag: string): Promise<string> {
  using registry = openRegistryClient(host);
  const { bytes } = await registry.getManifest(repository, tag);
  return JSON.parse(Buffer.from(bytes).toString()).config.digest;
}

if (existsSync(skopeo)) {
  testOnDocker(
    "Mesos' own containerizer pulls an image of OCI, also through a cache and after restarts (J 49)",
    async (bench) => {
      const { engine, image, binary } = bench;
      await using folder = await openStoreFolder();
      await using docker = await serveRegistry(binary, ["--memory"]);
      const pushed = `${docker.host}/busybox:v1`;
      await engine.tagImage(image, pushed);
      await pushFromDaemon(pushed);
      await engine.removeImage(pushed);
      const digests: Record<string, Set<string>> = { gzip: new Set(), zstd: new Set() };
      const indexes: Record<string, string> = {};
      for (const start of ["first", "second"]) {
        await using registry = await serveRegistry(binary, ["--store", join(folder.path, "store")]);
        await using cache = await serveRegistry(binary, [
          ...["--store", join(folder.path, "cache"), "--read-only"],
          ...["--upstream", `lab=http://${registry.host}`, "--default-upstream", "lab"],
        ]);
        for (const format of ["gzip", "zstd"] as const) {
          if (start === "first") indexes[format] = await pushOciIndex(registry.host, pushed, format, format);
          for (const [host, name] of [
            [registry.host, "team/busybox"],
            [cache.host, "lab/team/busybox"],
            [cache.host, "team/busybox"],
          ] as const) {
            const { digest, layers } = await pullLikeUcr(host, name, format);
            digests[format]?.add(digest);
            assert.equal((await askLikeUcr(host, name, digest, "HEAD")).status, 200);
            const archive = join(folder.path, "layer.tar");
            await writeFile(archive, layers.at(-1) ?? "");
            assert.match(await run("tar", "-tf", archive), /bin\/busybox$/m);
            using client = openRegistryClient(host);
            assert.equal(
              (await client.statManifest(name, format)).digest,
              indexes[format],
              "others get what was pushed",
            );
          }
        }
      }
      assert.deepEqual([digests.gzip?.size, digests.zstd?.size], [1, 1]);
    },
  );

  testOnDocker("a daemon and skopeo are given an image of OCI as it was pushed", async ({ engine, image, binary }) => {
    await using registry = await serveRegistry(binary, ["--memory"]);
    const pushed = `${registry.host}/busybox:v1`;
    await engine.tagImage(image, pushed);
    await pushFromDaemon(pushed);
    await engine.removeImage(pushed);
    const digest = await pushOciIndex(registry.host, pushed, "oci", "gzip");
    await pullLikeUcr(registry.host, "team/busybox", "oci");
    const reference = `${registry.host}/team/busybox:oci`;
    await engine.pullImage(reference);
    try {
      const ours = await engine.inspectImage(reference);
      const config = await readConfigDigest(registry.host, "team/busybox", "image-oci");
      assert.equal(ours?.Id, (await withDaemonsId(engine, { digest, id: config })).id);
      assert.ok(ours?.RepoDigests?.some((name) => name.endsWith(`@${digest}`)));
    } finally {
      await engine.removeImage(reference);
    }
    const raw = JSON.parse(await run(skopeo, "inspect", "--tls-verify=false", "--raw", `docker://${reference}`));
    assert.equal(raw.mediaType, "application/vnd.oci.image.index.v1+json");
  });
}
