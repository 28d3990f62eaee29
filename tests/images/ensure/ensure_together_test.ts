import assert from "node:assert/strict";
import { test } from "node:test";
import { delegatedReader } from "../../../registry/delegated_registry.ts";
import { type Descriptor, type Digest, memoryRegistry, RegistryError } from "../../../registry/mod.ts";
import { EngineError } from "../../../src/docker/mod.ts";
import type { DaemonStore } from "../../../src/images/ensure/daemon_store.ts";
import { ensureTogether, type SmallImage } from "../../../src/images/ensure/ensure_together.ts";
import { PullPlace } from "../../../src/images/ensure/pull_place.ts";
import { createImageState } from "../../../src/images/state/image_state.ts";
import { systemClock } from "../../../src/runtime/clock.ts";
import { RecordingLog } from "../../executor/recording_log.ts";
import { type Fixture, openFixture } from "../../fakes/own_runtime.ts";
import { packRandomLayer, pushUpon, readDockerArchive } from "../small_image.ts";

const store: DaemonStore = {
  ...{ daemon: "d", kind: "graph" as const, driver: "overlay2", folder: "/var/lib/docker" },
  platform: { os: "linux", architecture: "amd64" },
};

/** A registry with images upon one base, and a daemon that reads the archives that it is given. */
class Scene implements AsyncDisposable {
  readonly registry = memoryRegistry();
  readonly fixture: Fixture;
  readonly log = new RecordingLog();
  readonly ending = new AbortController();
  /** Members of each archive that was loaded, and what their manifests name. */
  readonly loads: { members: string[]; tags: string[]; layers: string[] }[] = [];
  /** Digests of the blobs that were asked for. */
  readonly asked: Digest[] = [];
  readonly base = packRandomLayer();
  readonly images = new Map<string, { config: Digest; own: Descriptor; manifest: Digest }>();
  /** Of images that somebody may let go of. */
  readonly leaving = new Map<string, AbortController>();
  refusals = 0;
  /** What the registry does when it is asked for a blob, and the daemon when it is given an archive. */
  onBlob: (digest: Digest) => void | Promise<void> = () => undefined;
  onLoad: (tags: readonly string[]) => readonly string[] = (tags) => tags;

  constructor(fixture: Fixture) {
    this.fixture = fixture;
  }

  /** Pushes an image, whose manifest may lie about the size of its own layer. */
  async push(name: string, lie: { size?: number } = {}): Promise<void> {
    this.images.set(name, await pushUpon(this.registry, this.base, name, lie));
  }

  /** Gets images of these tags; the daemon has their base, or lacks it as well. */
  async ensure(tags: readonly string[], base: "here" | "lacking" = "here") {
    const images = tags.map((tag): SmallImage => {
      const { own, config } = this.images.get(tag) ?? { own: this.base.descriptor, config: this.base.diffId };
      const lacking = [...(base === "lacking" ? [this.base.descriptor] : []), own];
      const { signal } = this.leaving.get(tag) ?? new AbortController();
      const about = { lacking, signal, onProgress: () => undefined };
      return { image: `r.lab/app:${tag}`, id: config, parts: this.#parts(), ...about };
    });
    const state = [this.fixture.path];
    const engine = { loadImage: (archive: AsyncIterable<Uint8Array>) => this.#load(archive) };
    const options = { engine, store, state, clock: systemClock, log: this.log, signal: this.ending.signal };
    const { come, isRefused } = await ensureTogether(images, options);
    this.refusals += isRefused ? 1 : 0;
    return [...come].map(([image, { id, outcome, bytes, name }]) => {
      const tag = image.slice(image.lastIndexOf(":") + 1);
      assert.deepEqual([id, outcome, name], [this.images.get(tag)?.config, "pulled", image]);
      return { tag, bytes };
    });
  }

  #parts(): SmallImage["parts"] {
    const { getBlob, ...reader } = delegatedReader(this.registry);
    const registry = {
      ...reader,
      getBlob: async (...call: Parameters<typeof getBlob>) => {
        this.asked.push(call[1]);
        await this.onBlob(call[1]);
        return await getBlob(...call);
      },
      listRepositories: () => assert.fail("nothing is listed"),
      listTags: () => assert.fail("nothing is listed"),
      listReferrers: () => assert.fail("nothing is listed"),
    };
    const route = { repository: "app", upstreams: [{ name: "r.lab", registry }], direct: "forbidden" } as const;
    return {
      ...{ clock: systemClock, log: this.log, way: "gateway", state: [this.fixture.path] },
      engine: undefined as never,
      openRoute: async () => ({ ...route, [Symbol.dispose]: () => undefined }),
      findAuth: () => assert.fail("no daemon pulls"),
    };
  }

  async #load(archive: AsyncIterable<Uint8Array>): Promise<string[]> {
    const { members, images } = await readDockerArchive(archive);
    const tags = images.flatMap(({ RepoTags }) => RepoTags);
    const layers = images.flatMap(({ Layers }) => Layers);
    this.loads.push({ members: [...members], tags, layers });
    return [...this.onLoad(tags)];
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.fixture[Symbol.asyncDispose]();
  }
}

async function openScene(...names: string[]): Promise<Scene> {
  const scene = new Scene(await openFixture());
  for (const name of names) await scene.push(name);
  return scene;
}

const memberOf = (digest: Digest | undefined) => `blobs/sha256/${digest?.slice(7)}`;

test("ensureTogether() loads images by one archive, without the layers that the daemon has, and notes them", async () => {
  await using scene = await openScene("a", "b", "c");
  const come = await scene.ensure(["a", "b", "c"]);
  assert.deepEqual(
    come.map(({ tag }) => tag),
    ["a", "b", "c"],
  );
  assert.ok(come.every(({ bytes }) => bytes > 2000));
  const [load, ...more] = scene.loads;
  assert.deepEqual(more, []);
  assert.deepEqual(load?.tags, ["r.lab/app:a", "r.lab/app:b", "r.lab/app:c"]);
  const all = [...scene.images.values()];
  assert.deepEqual(
    new Set(load?.members),
    new Set(["manifest.json", ...all.flatMap((one) => [one.config, one.own.digest].map(memberOf))]),
  );
  assert.deepEqual(
    load?.layers,
    all.flatMap(({ own }) => [memberOf(scene.base.descriptor.digest), memberOf(own.digest)]),
  );
  const arrivals = await createImageState(scene.fixture.path).arrivals.list();
  assert.deepEqual(arrivals.map(({ reference }) => reference).sort(), load?.tags);
});

test("ensureTogether() fetches what several images lack once", async () => {
  await using scene = await openScene("a", "b", "c");
  const come = await scene.ensure(["a", "b", "c"], "lacking");
  const [first = 0, ...others] = come.map(({ bytes }) => bytes);
  assert.equal(scene.asked.filter((digest) => digest === scene.base.descriptor.digest).length, 1);
  assert.ok(others.length === 2 && others.every((bytes) => bytes < first - 1000), String([first, ...others]));
  assert.equal(scene.loads[0]?.members.filter((name) => name === memberOf(scene.base.descriptor.digest)).length, 1);
});

test("ensureTogether() leaves an image out that cannot be had, and what it was to bring comes with another", async () => {
  await using scene = await openScene("a", "b", "c");
  scene.onBlob = (digest) => {
    if (digest === scene.images.get("a")?.own.digest) throw new RegistryError("BLOB_UNKNOWN", "it is not here");
  };
  const come = await scene.ensure(["a", "missing", "b", "c"], "lacking");
  assert.deepEqual(
    come.map(({ tag }) => tag),
    ["b", "c"],
  );
  assert.ok(scene.loads[0]?.members.includes(memberOf(scene.base.descriptor.digest)));
});

test("ensureTogether() leaves images to whoever pulls them on this host", async () => {
  await using scene = await openScene("a", "b");
  const place = new PullPlace(scene.fixture.path, store.daemon, scene.images.get("a")?.manifest ?? "sha256:");
  await place.open();
  const lock = await place.tryLock(systemClock);
  assert.ok(lock);
  assert.deepEqual(
    (await scene.ensure(["a", "b"])).map(({ tag }) => tag),
    ["b"],
  );
  await lock[Symbol.asyncDispose]();
  await place.write({ names: ["127.0.0.1:1/app@sha256:0"], layers: [] });
  assert.deepEqual(
    (await scene.ensure(["a", "b"])).map(({ tag }) => tag),
    ["b"],
    "whoever was killed has left names",
  );
  await place.clear();
  assert.deepEqual(
    (await scene.ensure(["a", "b"])).map(({ tag }) => tag),
    ["a", "b"],
    "the locks are free again",
  );
});

test("ensureTogether() gives nothing when the daemon does not take the archive, and only what it says it has loaded", async () => {
  await using scene = await openScene("a", "b");
  scene.onLoad = () => {
    throw new EngineError("failed", "Cannot load: no such file");
  };
  assert.deepEqual(await scene.ensure(["a", "b"]), []);
  assert.equal(scene.refusals, 1);
  scene.onLoad = ([first]) => (first === undefined ? [] : [first]);
  assert.deepEqual(
    (await scene.ensure(["a", "b"])).map(({ tag }) => tag),
    ["a"],
  );
  assert.deepEqual(
    await createImageState(scene.fixture.path)
      .arrivals.list()
      .then((found) => found.length),
    1,
  );
});

test("ensureTogether() ends with the signal, whatever is under way", async () => {
  for (const when of ["onBlob", "onLoad"] as const) {
    await using scene = await openScene("a", "b");
    const reason = new Error("enough");
    scene[when] = () => {
      scene.ending.abort(reason);
      throw new RegistryError("UNAVAILABLE", "it breaks off");
    };
    await assert.rejects(scene.ensure(["a", "b"]), reason);
  }
});

test("ensureTogether() leaves out who has moved, lies about a size, or is not wanted any more", async () => {
  await using scene = await openScene("a", "moved", "left");
  await scene.push("lies", { size: 10 });
  const leaving = new AbortController();
  scene.leaving.set("left", leaving);
  scene.onBlob = () => leaving.abort(new Error("it has left"));
  const moved = scene.images.get("moved");
  assert.ok(moved);
  scene.images.set("moved", { ...moved, config: scene.base.descriptor.digest });
  const come = await scene.ensure(["left", "moved", "lies", "a"]);
  assert.deepEqual(
    come.map(({ tag }) => tag),
    ["a"],
  );
  assert.deepEqual(scene.loads[0]?.tags, ["r.lab/app:a"]);
  assert.equal(scene.refusals, 0);
});

test("ensureTogether() ends with the signal while a registry is silent", async () => {
  await using scene = await openScene("a", "b");
  const reason = new Error("enough");
  const { promise: silence, resolve: speak } = Promise.withResolvers<void>();
  scene.onBlob = () => {
    setTimeout(() => scene.ending.abort(reason), 20);
    return silence;
  };
  await assert.rejects(scene.ensure(["a", "b"]), reason);
  speak();
});
