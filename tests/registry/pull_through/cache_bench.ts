import type { Clock } from "../../../registry/client/clock.ts";
import { memoryRegistry } from "../../../registry/memory/memory_registry.ts";
import { openPullThrough, type PullThroughRegistry } from "../../../registry/pull_through/pull_through_registry.ts";
import type { TagPolicy } from "../../../registry/pull_through/tag_policy.ts";
import { sleep } from "../../../src/runtime/clock.ts";
import { FakeClock } from "../../fakes/fake_clock.ts";
import { collect, pieces, pushImage, randomBlob, type Specimen } from "../conformance/specimens.ts";
import { UpstreamDouble } from "./upstream_double.ts";

/** Names of the image in the cache and upstream. */
export const here = "cache/app";
export const there = "library/app";

/** A cache in front of a mirror and the registry that it mirrors. */
export class CacheBench {
  readonly time = new FakeClock();
  readonly store = memoryRegistry({ checks: "nothing" });
  readonly mirror = new UpstreamDouble("mirror");
  readonly origin = new UpstreamDouble("origin");
  policy: TagPolicy = { kind: "fresh" };
  upstreams = [this.origin];
  longestWaitMs: number | undefined;
  readonly stale: string[] = [];
  readonly filled: string[] = [];
  readonly moved: string[] = [];
  readonly clock: Clock = {
    now: () => this.time.now(),
    sleep: (delayMs, options) => sleep(this.time, delayMs, options),
  };
  cache: PullThroughRegistry = this.open();

  open(): PullThroughRegistry {
    return openPullThrough({
      store: this.store,
      route: (name) =>
        name.startsWith("cache/") ? { repository: there, upstreams: this.upstreams, tags: this.policy } : undefined,
      clock: this.clock,
      ...(this.longestWaitMs === undefined ? {} : { longestWaitMs: this.longestWaitMs }),
      onStale: ({ target }) => this.stale.push(target),
      onMoved: ({ tag, from, to }) => this.moved.push(`${tag} ${from} ${to}`),
      onFilled: ({ outcome }) => this.filled.push(outcome),
    });
  }

  /** Both upstreams have the image. */
  async image(tags: string[] = ["v1"]): Promise<Specimen> {
    const image = await pushImage(this.origin.content, there, tags);
    return image;
  }

  /** Upstream has a blob. */
  async blob(size = 3_000_000, ...upstreams: UpstreamDouble[]): Promise<Specimen> {
    const blob = randomBlob(size);
    for (const { content } of upstreams.length > 0 ? upstreams : [this.origin]) {
      await content.pushBlob(there, blob.descriptor, pieces(blob.bytes, Math.ceil(size / 20)));
    }
    return blob;
  }

  async read({ descriptor }: Specimen, range?: { first: number; last?: number }): Promise<Buffer> {
    await using content = await this.cache.getBlob(here, descriptor.digest, range ? { range } : {});
    return await collect(content.body);
  }

  async stored({ descriptor }: Specimen): Promise<boolean> {
    return await this.store.statBlob(here, descriptor.digest).then(
      () => true,
      () => false,
    );
  }
}
