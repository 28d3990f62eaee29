// Small images of a warm set that come together, for tests of what becomes of them.
import assert from "node:assert/strict";
import { basename } from "node:path";
import { delegatedReader } from "../../../registry/delegated_registry.ts";
import { type Digest, memoryRegistry, type RegistryReader } from "../../../registry/mod.ts";
import type { LoadOptions } from "../../../src/docker/mod.ts";
import { ConfigFile } from "../../../src/images/config/config_file.ts";
import type { EnsureParts } from "../../../src/images/ensure/mod.ts";
import { createImageState } from "../../../src/images/state/image_state.ts";
import type { WarmNews } from "../../../src/images/warm/warm_news.ts";
import type { PlannedImage } from "../../../src/images/warm/warm_plan.ts";
import { WarmSources } from "../../../src/images/warm/warm_sources.ts";
import { Warming } from "../../../src/images/warm/warming.ts";
import { systemClock } from "../../../src/runtime/clock.ts";
import { silentLog } from "../../../src/runtime/log.ts";
import { FakeEngine } from "../../fakes/fake_engine.ts";
import { type Fixture, openFixture } from "../../fakes/own_runtime.ts";
import { inTime } from "../../fakes/waiting.ts";
import { packRandomLayer, pushUpon, readDockerArchive } from "../small_image.ts";

type GetBlob = RegistryReader["getBlob"];

/** An image of the set, as it was planned. */
type Pushed = PlannedImage & Required<Pick<PlannedImage, "content">> & { readonly manifest: Digest };

/** Small images upon a base that the daemon has, their registry, a daemon that reads archives, and what is told of the warming. */
export class BatchScene implements AsyncDisposable {
  readonly engine = new FakeEngine();
  readonly registry = memoryRegistry();
  readonly ending = new AbortController();
  readonly told: WarmNews[] = [];
  /** Tags of each archive that the daemon was given. */
  readonly loads: string[][] = [];
  /** Tags that the daemon says it has loaded, and does not have. */
  readonly lost = new Set<string>();
  readonly pushed: Pushed[] = [];
  /** What happens before the registry gives a blob, and before the daemon has taken an archive. */
  onBlob: (...call: Parameters<GetBlob>) => Promise<unknown> = async () => undefined;
  onLoad: (options: LoadOptions) => Promise<void> = async () => undefined;
  readonly #fixture: Fixture;
  readonly #base = packRandomLayer();
  readonly #opened = new DisposableStack();
  readonly #warming: Warming;

  constructor(fixture: Fixture) {
    this.#fixture = fixture;
    this.engine.loadImage = (archive, options = {}) => this.#load(archive, options);
    const config = ConfigFile.open({ variables: {}, log: silentLog });
    const sources = this.#opened.use(new WarmSources({ config, variables: {}, log: silentLog, limits: {} }));
    this.#warming = this.#opened.use(
      new Warming({
        ...{ engine: this.engine, clock: systemClock, log: silentLog, state: createImageState(fixture.path) },
        ...{ sources, atOnce: 1, partsFor: () => this.#partsFor(), signal: this.ending.signal },
        tell: (news) => this.told.push(news),
      }),
    );
  }

  /** Has the warming ask how the daemon keeps images. */
  async look(): Promise<void> {
    await this.#warming.plan({ images: [] });
  }

  /** Pushes an image, over what the tag has pointed at; gives it as it is planned. */
  async push(tag: string): Promise<Pushed> {
    const { config, manifest, own } = await pushUpon(this.registry, this.#base, tag);
    const reference = `r.lab/app:${tag}`;
    return {
      image: { reference, name: reference, priority: 0 },
      ...{ state: "absent", isMissing: true, bytes: own.size, manifest },
      content: { id: config, layers: [{ ...own, key: `${this.#base.descriptor.digest} ${own.digest}` }] },
    };
  }

  /**
   * From now on the set is all that was pushed, but for some; what the daemon lacks of it is fetched, and it was seen to have those
   * that are `here`.
   */
  async begin({ without = [], here = [] }: { without?: string[]; here?: string[] } = {}): Promise<void> {
    const wanted = this.pushed.filter(({ image }) => !without.includes(tagOf(image.reference)));
    const [present, images] = [true, false].map((isHere) =>
      wanted.filter(({ image }) => here.includes(tagOf(image.reference)) === isHere),
    );
    const set = { file: "/warm.yaml", images: wanted.map(({ image }) => image) };
    await this.#warming.begin(set, {
      present: (present ?? []).map(({ image, content }) => ({ image, id: content.id })),
      ...{ images: images ?? [], refused: [], bytes: 0 },
    });
  }

  async drain(): Promise<void> {
    await inTime(this.#warming.drain(), "the end of the warming");
  }

  countUndone(): number {
    return this.#warming.countUndone({ images: this.pushed.map(({ image }) => image) });
  }

  /** What was told of an image; how far it is counts once. */
  fateOf(tag: string): string[] {
    const told = this.told.filter(({ image }) => tagOf(image.reference) === tag).map(toWord);
    return told.filter((word, at) => word !== told[at - 1]);
  }

  async protectedTags(): Promise<string[]> {
    const records = await createImageState(this.#fixture.path).warm.list();
    return records.map(({ reference }) => tagOf(reference)).sort();
  }

  /** The daemon has the content of an image, under this name or none. */
  keep(id: string, ...names: string[]): void {
    this.engine.store.detailed.push({ id, names, digests: [], layers: [] });
  }

  #partsFor(): EnsureParts {
    const reader = delegatedReader(this.registry);
    const getBlob: GetBlob = async (...call) => {
      await this.onBlob(...call);
      return await reader.getBlob(...call);
    };
    const upstreams = [{ name: "r.lab", registry: { ...reader, getBlob } }];
    const route = { repository: "app", upstreams, direct: "forbidden" } as const;
    return {
      ...{ engine: this.engine, clock: systemClock, log: silentLog, way: "gateway", state: [this.#fixture.path] },
      openRoute: async () => ({ ...route, [Symbol.dispose]: () => undefined }),
      findAuth: () => assert.fail("no daemon pulls"),
    };
  }

  async #load(archive: AsyncIterable<Uint8Array>, options: LoadOptions): Promise<string[]> {
    const { images } = await readDockerArchive(archive);
    this.loads.push(images.flatMap(({ RepoTags }) => RepoTags.map(tagOf)));
    await this.onLoad(options);
    for (const { Config, RepoTags } of images) {
      const names = RepoTags.filter((name) => !this.lost.has(tagOf(name)));
      if (names.length > 0) this.keep(`sha256:${basename(Config)}`, ...names);
    }
    return images.flatMap(({ RepoTags }) => RepoTags);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.ending.abort(new Error("the test is over"));
    await this.drain();
    this.#opened.dispose();
    await this.#fixture[Symbol.asyncDispose]();
  }
}

const tagOf = (reference: string) => reference.slice(reference.lastIndexOf(":") + 1);

function toWord(news: WarmNews): string {
  if (news.state === "done") return `done: ${news.outcome}`;
  return news.state === "failed" ? `failed: ${news.code}` : news.state;
}

/** A scene with an image for each tag, which the warming has not begun with. */
export async function openBatchScene(...tags: string[]): Promise<BatchScene> {
  const scene = new BatchScene(await openFixture());
  for (const tag of tags) scene.pushed.push(await scene.push(tag));
  await scene.look();
  return scene;
}

/** Begins the set, and gives what lets the daemon go on, which holds the archive that it was given. */
export async function beginHeld(scene: BatchScene): Promise<() => void> {
  const [given, held] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  scene.onLoad = async () => {
    given.resolve();
    await held.promise;
  };
  await scene.begin();
  await inTime(given.promise, "the archive");
  return held.resolve;
}
