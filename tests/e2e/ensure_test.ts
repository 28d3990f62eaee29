// Images on their way into a real daemon: what is asked of whom, and under which name they arrive.
import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import type { Reference, TagPolicy } from "../../registry/mod.ts";
import { createImageState } from "../../src/images/state/image_state.ts";
import { pushAttested } from "../registry/conformance/attested_index.ts";
import { pushImage } from "../registry/conformance/specimens.ts";
import { testOnDocker } from "./cases.ts";
import { isContainerds, withDaemonsId } from "./image_id.ts";
import { openPullScene, type PullScene, pushRandomImage } from "./pull_scene.ts";

/** What pulls have left on disk. */
async function leftovers({ state }: PullScene): Promise<string[]> {
  return await readdir(join(state, "pulls")).catch(() => []);
}

testOnDocker(
  "an absent image comes through the gateway, under the name that was wanted and no other",
  async (bench) => {
    const { engine } = bench;
    await using scene = await openPullScene(engine);
    const pushed = await scene.push(3_000_000, 1_000_000);
    const ensured = await scene.ensure();
    assert.equal(ensured.outcome, "pulled");
    assert.equal(ensured.id, pushed.id);
    const found = await engine.inspectImage(scene.image);
    assert.equal(found?.Id, pushed.id);
    assert.deepEqual(found?.RepoTags, [scene.image]);
    assert.deepEqual(found?.RepoDigests, await scene.digestsOf(pushed));
    assert.ok(ensured.bytes >= pushed.bytes);
    assert.equal(scene.upstream.count("blob_get"), 3, "each blob is asked for once");
    assert.deepEqual(await leftovers(scene), []);
    assert.equal((await scene.ensure()).outcome, "present");
  },
);

testOnDocker(
  "content that is here under another name gets a name, and not a byte is fetched (J 3)",
  async ({ engine }) => {
    await using scene = await openPullScene(engine);
    const pushed = await scene.push(10_000);
    await scene.ensure();
    const fetched = scene.upstream.count("blob_get");
    const { bytes, descriptor } = await scene.upstream.content.getManifest(scene.repository, scene.tag);
    await scene.upstream.content.pushManifest(scene.repository, bytes, { ...descriptor, tags: ["other"] });
    const image = `${scene.upstream.host}/${scene.repository}:other`;
    try {
      const ensured = await scene.ensure({ image });
      assert.deepEqual(ensured, { id: pushed.id, name: image, outcome: "named", bytes: 0 });
      assert.equal((await engine.inspectImage(image))?.Id, pushed.id);
      assert.equal(scene.upstream.count("blob_get"), fetched);
    } finally {
      await engine.removeImage(image);
    }
  },
);

testOnDocker(
  "of an index with attestations, as BuildKit pushes it, comes the image of the daemon's platform, and no attestation",
  async ({ engine }) => {
    await using scene = await openPullScene(engine);
    const { repository, tag, upstream } = scene;
    const pushed = await pushRandomImage(upstream.content, repository, "own", [10_000]);
    const { index, parts } = await pushAttested(
      upstream.content,
      repository,
      {
        "linux/s390x": await pushImage(upstream.content, repository, []),
        [`linux/${process.arch === "arm64" ? "arm64" : "amd64"}`]: await upstream.content.getManifest(
          repository,
          "own",
        ),
      },
      [tag],
    );
    const { id } = await withDaemonsId(engine, { ...pushed, digest: index.descriptor.digest });
    const ensured = await scene.ensure();
    assert.deepEqual([ensured.outcome, ensured.id], ["pulled", id]);
    const found = await engine.inspectImage(scene.image);
    assert.deepEqual([found?.Id, found?.Layers.length], [id, 1]);
    const given = (digest: string) => upstream.served.filter(({ url }) => url.endsWith(digest)).length;
    assert.equal(given(pushed.layers[0] ?? ""), 1);
    for (const { descriptor } of parts.filter(({ descriptor: { digest } }) => digest !== pushed.digest)) {
      assert.equal(given(descriptor.digest), 0, "nobody asks for another image, or for an attestation");
    }
    assert.equal((await scene.ensure({ pull: "fresh" })).outcome, "present");
  },
);

testOnDocker(
  "what came through the gateway, or was named, is known as a registry's, so that it can be collected",
  async ({ engine }) => {
    await using scene = await openPullScene(engine);
    const pushed = await scene.push(10_000);
    const arrivals = async () =>
      (await createImageState(scene.state).arrivals.list()).map(({ imageId, reference }) => ({ imageId, reference }));
    const expected = [{ imageId: pushed.id, reference: scene.image }];
    await scene.ensure();
    assert.deepEqual(await arrivals(), expected);
    await createImageState(scene.state).arrivals.remove(pushed.id);
    assert.equal((await scene.ensure({ pull: "always" })).outcome, "present");
    assert.deepEqual(await arrivals(), expected);
  },
);

testOnDocker(
  "an image by its digest is run by its id, keeps a tag, and is known again without its registry",
  async (bench) => {
    const { engine } = bench;
    await using scene = await openPullScene(engine);
    const pushed = await scene.push(10_000);
    const image = `${scene.upstream.host}/${scene.repository}@${pushed.digest}`;
    try {
      const ensured = await scene.ensure({ image });
      assert.equal(ensured.outcome, "pulled");
      const found = await engine.inspectImage(ensured.name);
      assert.equal(found?.Id, ensured.id);
      const tag = pushed.digest.replace(":", "-").slice(0, 19);
      assert.deepEqual(found?.RepoTags, [`${scene.upstream.host}/ensure/app:${tag}`]);
      await scene.upstream.proxy.leave();
      assert.deepEqual(await scene.ensure({ image }), { ...ensured, outcome: "present", bytes: 0 });
    } finally {
      await engine.removeImage(pushed.id, { force: true });
    }
  },
);

testOnDocker(
  "pull policies: never asks nobody, always asks each time, fresh asks whether the tag has moved (J 39)",
  async (bench) => {
    await using scene = await openPullScene(bench.engine);
    await assert.rejects(scene.ensure({ pull: "never" }), { name: "ImageError", code: "absent" });
    assert.deepEqual(scene.upstream.served, []);
    const first = await scene.push(10_000);
    assert.equal((await scene.ensure({ pull: "fresh" })).outcome, "pulled");
    const fetched = scene.upstream.count("manifest_get");
    assert.equal((await scene.ensure({ pull: "fresh" })).outcome, "present");
    assert.equal(scene.upstream.count("manifest_get"), fetched, "a HEAD counts against no limit of pulls");
    assert.equal((await scene.ensure({ pull: "always" })).outcome, "present");
    assert.equal(scene.upstream.count("manifest_get"), fetched + 1);
    const second = await scene.push(20_000);
    assert.equal((await scene.ensure()).id, first.id);
    assert.equal((await scene.ensure({ pull: "fresh" })).id, second.id);
    assert.equal((await scene.ensure()).id, second.id);
    await scene.upstream.proxy.leave();
    assert.equal((await scene.ensure({ pull: "fresh" })).id, second.id);
    await assert.rejects(scene.ensure({ pull: "always" }), { code: "unavailable" });
    await bench.engine.removeImage(first.id);
  },
);

testOnDocker("fresh asks as seldom as the policy of the configuration for the tag says", async ({ engine }) => {
  await using scene = await openPullScene(engine);
  const { openRoute } = scene.partsFor(() => Promise.resolve(undefined));
  const ensure = async (tags: TagPolicy) => {
    const asked = scene.upstream.served.length;
    const parts = { openRoute: async (reference: Reference) => ({ ...(await openRoute(reference)), tags }) };
    const { id } = await scene.ensure({ pull: "fresh" }, parts);
    return { id, asked: scene.upstream.served.length - asked };
  };
  const minute = { kind: "cached", maximumAgeMs: 60_000 } as const;
  const first = await scene.push(10_000);
  assert.equal((await ensure(minute)).id, first.id);
  const second = await scene.push(20_000);
  for (const tags of [minute, { kind: "pinned" }] as const) {
    assert.deepEqual(await ensure(tags), { id: first.id, asked: 0 });
  }
  const old = { ...minute, maximumAgeMs: -1 };
  assert.equal((await ensure(old)).id, second.id);
  assert.ok((await ensure(old)).asked > 0);
  assert.deepEqual(await ensure(minute), { id: second.id, asked: 0 });
  await engine.removeImage(first.id);
});

testOnDocker(
  "an image of 126 layers is refused for a storage driver before a blob is asked for, naming the limit (J 7)",
  async ({ engine }) => {
    await using scene = await openPullScene(engine);
    await scene.push(...Array.from({ length: 126 }, () => 10));
    if (await isContainerds(engine)) {
      assert.equal((await scene.ensure()).outcome, "pulled");
      const { id } = await engine.createContainer({ body: { Image: scene.image } });
      await engine.removeContainer(id);
      return;
    }
    await assert.rejects(scene.ensure(), {
      code: "refused",
      message: `Cannot get image "${scene.image}": it has 126 layers, and the daemon's storage driver overlay2 takes at most 125`,
    });
    assert.equal(scene.upstream.count("blob_get"), 0);
  },
);

testOnDocker(
  "an index gives the image of the daemon's platform, and says which there are when there is none",
  async (bench) => {
    await using scene = await openPullScene(bench.engine);
    const pushed = await scene.push(10_000);
    const registry = scene.upstream.content;
    const own = await registry.statManifest(scene.repository, scene.tag);
    const { arch } = await bench.engine.version();
    const tag = async (platform: object) => {
      const mediaType = "application/vnd.oci.image.index.v1+json";
      const index = { schemaVersion: 2, mediaType, manifests: [{ ...own, platform }] };
      const bytes = new TextEncoder().encode(JSON.stringify(index));
      return (await registry.pushManifest(scene.repository, bytes, { mediaType, tags: [scene.tag] })).descriptor;
    };
    await tag({ os: "linux", architecture: "s390x" });
    await assert.rejects(scene.ensure(), {
      code: "refused",
      message: /it is not made for linux\/\w+, but for linux\/s390x$/,
    });
    const { digest } = await tag({ os: "linux", architecture: arch });
    const { id } = await withDaemonsId(bench.engine, { id: pushed.id, digest });
    assert.equal((await scene.ensure()).id, id);
  },
);

testOnDocker(
  "an image without an index is refused for another platform that is wished for, also by digest",
  async (bench) => {
    await using scene = await openPullScene(bench.engine);
    const { digest } = await scene.push(10_000);
    const { arch } = await bench.engine.version();
    const other = arch === "arm64" ? "linux/s390x" : "linux/arm64";
    const refused = { code: "refused", message: /it is not made for linux\/\w+, but for linux\/\w+$/ };
    const byDigest = `${scene.image.slice(0, scene.image.lastIndexOf(":"))}@${digest}`;
    await assert.rejects(scene.ensure({ platform: other }), refused);
    assert.equal((await scene.ensure({ platform: `linux/${arch}` })).outcome, "pulled");
    await assert.rejects(scene.ensure({ platform: other }), refused);
    await assert.rejects(scene.ensure({ image: byDigest, platform: other }), refused);
  },
);

testOnDocker("what a registry does not have, or not for us, fails at once with its own words", async ({ engine }) => {
  await using scene = await openPullScene(engine);
  await pushRandomImage(scene.upstream.content, scene.repository, "other", [10]);
  await assert.rejects(scene.ensure(), { code: "absent", message: /manifest .* is not in "ensure\/app"/ });
  const body = JSON.stringify({ errors: [{ code: "DENIED", message: "not for the likes of you" }] });
  scene.upstream.obey({ match: { path: /manifests/ }, fault: { kind: "status", status: 403, body } });
  await assert.rejects(scene.ensure(), { code: "denied", message: /not for the likes of you/ });
  assert.equal(scene.upstream.proxy.struck.length, 1, "it is not asked again");
});

testOnDocker("a daemon that cannot reach this process, or is not to, pulls by itself", async ({ engine }) => {
  await using scene = await openPullScene(engine);
  await scene.push(10_000);
  assert.equal((await scene.ensure({}, { way: "daemon" })).outcome, "pulled by the daemon");
  await engine.removeImage(scene.image);
  const lost = Object.create(engine) as typeof engine;
  // As if its own loop-back were another one.
  lost.pullImage = (reference, options) =>
    engine.pullImage(reference === scene.image ? reference : "127.0.0.1:1/nobody/here:1", options);
  assert.equal((await scene.ensure({}, { engine: lost })).outcome, "pulled by the daemon");
  assert.ok(
    scene.log.lines.some(({ message }) => message === "the daemon cannot reach this process, and pulls by itself"),
  );
  assert.deepEqual(await leftovers(scene), []);
});
