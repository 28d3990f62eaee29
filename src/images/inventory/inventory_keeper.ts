import {
  AwayWarning,
  type Engine,
  EngineError,
  type EngineEvent,
  type EngineInfo,
  findImageStore,
  type ImageStore,
  type ImageSummary,
} from "../../docker/mod.ts";
import { type Clock, sleep, systemClock } from "../../runtime/clock.ts";
import type { Log } from "../../runtime/log.ts";
import type { Pin } from "../pins/pin.ts";
import type { ImageState } from "../state/image_state.ts";
import { StateError } from "../state/state_error.ts";
import { assembleInventory } from "./assemble.ts";
import { ContainerReader } from "./container_use.ts";
import { forgetOldRecords, type HostRecords, noRecords, readHostRecords } from "./host_records.ts";
import { FactsReader } from "./image_facts.ts";
import type { Inventory } from "./inventory.ts";
import { findKnownManifests } from "./known_manifests.ts";
import { UsageBook } from "./usage_book.ts";
import { replayEvents, UsageNoter, usageFilters } from "./usage_events.ts";
import { readUsage, writeUsage } from "./usage_file.ts";

/** A list of images serves that long at least: a daemon takes a second for some hundred images (contract J 62). */
const listServesMs = 60_000;

/** Pause before the events of a daemon that went away are asked for again. */
const askAgainMs = 1000;

/** Events that change which images there are, or what they are called. */
const imageChanges: ReadonlySet<string> = new Set(["pull", "load", "import", "tag", "untag", "delete"]);

/** What {@link openInventory} takes. */
export interface InventoryOptions {
  readonly log: Log;
  readonly clock?: Clock;
  readonly signal?: AbortSignal;
  /** Pins beside those of the files, asked for each time. */
  readonly stated?: () => readonly Pin[];
  /** Told of what cannot be read, which counts as nothing then; without it, that is thrown. */
  readonly onUnreadable?: (error: StateError) => void;
}

/** Opens the inventory of a daemon: reads what is known of use, and what has happened since that was written. */
export async function openInventory(
  engine: Engine,
  state: ImageState,
  options: InventoryOptions,
): Promise<InventoryKeeper> {
  const { log, clock = systemClock, signal, stated = () => [], onUnreadable } = options;
  const info = await engine.info(signal ? { signal } : {});
  const path = state.usagePath(info.ID);
  const book = await orNothing(readUsage(path, log), new UsageBook(), onUnreadable);
  // By the daemon's clock, as its events are: up to a moment that is still to come for it, they would not end.
  const untilMs = Date.parse(info.SystemTime ?? "") || clock.now();
  await replayEvents(engine, book, { untilMs, ...(signal ? { signal } : {}) });
  return new InventoryKeeper({ engine, state, book, path, info, log, clock, stated, onUnreadable });
}

async function orNothing<T>(
  reading: Promise<T>,
  nothing: T,
  onUnreadable: InventoryOptions["onUnreadable"],
): Promise<T> {
  try {
    return await reading;
  } catch (error) {
    if (!(error instanceof StateError) || onUnreadable === undefined) throw error;
    onUnreadable(error);
    return nothing;
  }
}

interface KeeperParts {
  engine: Engine;
  state: ImageState;
  book: UsageBook;
  path: string;
  info: EngineInfo;
  log: Log;
  clock: Clock;
  stated: () => readonly Pin[];
  onUnreadable: InventoryOptions["onUnreadable"];
}

/**
 * The images of one daemon, with what is known of their use. The list of them is asked for when it is needed, and again when
 * events say that it has changed, at most once a minute.
 */
export class InventoryKeeper {
  readonly store: ImageStore;
  readonly #parts: KeeperParts;
  readonly #facts: FactsReader;
  readonly #containers: ContainerReader;
  #listed: { images: readonly ImageSummary[]; atMs: number } | undefined;
  #isStale = false;
  #taken: { records: HostRecords; presentIds: ReadonlySet<string> } | undefined;

  constructor(parts: KeeperParts) {
    this.#parts = parts;
    this.store = findImageStore(parts.info);
    this.#facts = new FactsReader(parts.engine, this.store);
    this.#containers = new ContainerReader(parts.engine, parts.book);
  }

  /** The daemon's own folder, on its host. */
  get dataRoot(): string {
    return this.#parts.info.DockerRootDir;
  }

  /** Whether images may have come or gone since the daemon has listed them. */
  get isStale(): boolean {
    return this.#isStale || this.#listed === undefined;
  }

  /**
   * What there is. Throws EngineError, and StateError when a file that may protect an image cannot be used and nobody is told of
   * it instead.
   */
  async take(signal?: AbortSignal): Promise<Inventory> {
    const { state, book, clock, stated, onUnreadable } = this.#parts;
    const nowMs = clock.now();
    // Files first: a lease is taken before its launch looks whether the image is there.
    const kept = await orNothing(readHostRecords(state), noRecords, onUnreadable);
    const records = { ...kept, pins: [...kept.pins, ...stated()] };
    const listed = await this.#list(nowMs, signal);
    const facts = await this.#facts.read(listed, signal);
    const containers = await this.#containers.read(nowMs, signal);
    this.#taken = { records, presentIds: new Set(listed.map(({ Id }) => Id)) };
    const texts = [...records.pins.map(({ value }) => value), ...records.leases.flatMap((lease) => lease.references)];
    const manifests = await findKnownManifests(state.folder, texts, records.arrivals);
    return assembleInventory({ store: this.store, listed, facts, containers, records, manifests, book, nowMs });
  }

  /** An image, or one of its names, was removed here. */
  noteRemoved(id: string, names: readonly string[]): void {
    if (this.#listed === undefined) return;
    const images = this.#listed.images.flatMap((image) => {
      if (image.Id !== id) return [image];
      const isLeft = (name: string) => !names.includes(name);
      const left = { ...image, RepoTags: image.RepoTags.filter(isLeft), RepoDigests: image.RepoDigests.filter(isLeft) };
      return left.RepoTags.length === 0 ? [] : [left];
    });
    this.#listed = { ...this.#listed, images };
  }

  /** Notes what happens at the daemon until the signal; a daemon that goes away is waited for. `onEvent` sees each event. */
  async follow(signal: AbortSignal, onEvent: (event: EngineEvent) => void = () => undefined): Promise<void> {
    const { engine, book, clock, log } = this.#parts;
    const noter = new UsageNoter(engine, book);
    const warning = new AwayWarning(log, "events are asked for again");
    while (!signal.aborted) {
      const beganMs = clock.now();
      try {
        for await (const event of engine.events({ filters: usageFilters, sinceMs: book.seenUntilMs ?? 0, signal })) {
          warning.clear();
          if (event.type === "image" && imageChanges.has(event.action)) this.#isStale = true;
          onEvent(event);
          await noter.note(event, signal);
        }
      } catch (error) {
        if (signal.aborted) return;
        if (!(error instanceof EngineError)) throw error;
        // A daemon at which nothing happens says nothing, and is there.
        if (clock.now() - beganMs > askAgainMs) warning.clear();
        warning.tell(error);
        // More may have happened than the daemon remembers.
        this.#isStale = true;
        await sleep(clock, askAgainMs, { signal }).catch(() => undefined);
      }
    }
  }

  /** Writes what is known of use, when there is something new. Throws StateError. */
  async save(): Promise<void> {
    const { path, state, book, log, clock } = this.#parts;
    const nowMs = clock.now();
    if (book.isChanged) await writeUsage(path, book, { nowMs, log });
    const taken = this.#taken;
    if (taken === undefined) return;
    // Each is looked through once: they were written down in the book.
    this.#taken = undefined;
    await forgetOldRecords(state, taken.records, { presentIds: taken.presentIds, nowMs });
  }

  async #list(nowMs: number, signal: AbortSignal | undefined): Promise<readonly ImageSummary[]> {
    const isOld = this.#listed === undefined || (this.#isStale && nowMs - this.#listed.atMs >= listServesMs);
    if (isOld) {
      this.#listed = undefined;
      // What happens while the daemon lists them makes the list stale again.
      this.#isStale = false;
      const images = await this.#parts.engine.listImages(signal ? { signal } : {});
      this.#listed = { images, atMs: nowMs };
    }
    return this.#listed?.images ?? [];
  }
}
