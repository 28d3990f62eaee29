import * as v from "valibot";
import type { ImageOrigin } from "./inventory.ts";

/** What is not there any more is remembered that long: an image that comes back was used when it was. */
const rememberedMs = 30 * 24 * 3_600_000;

/** Most images that are remembered; those that were seen last stay. */
const mostRemembered = 20_000;

const moment = v.pipe(v.number(), v.finite());

const recordSchema = v.object({
  /** When it came, was given a name, or was seen first: the last of these. */
  arrivedMs: moment,
  /** When the daemon was last known to have it. */
  lastSeenMs: moment,
  lastUsedMs: v.optional(moment),
  /** What has been seen to bring it. */
  origin: v.optional(v.picklist(["registry", "none"])),
});

/** A file of usage. */
export const usageSchema = v.object({
  version: v.literal(1),
  /** Of events up to here all is known. */
  seenUntilMs: v.optional(moment),
  images: v.record(v.string(), recordSchema),
});

/** What is known of an image's use. Moments are in milliseconds since the epoch. */
export type UsageRecord = v.InferOutput<typeof recordSchema>;

/** What a file of usage says. */
export type UsageDocument = v.InferOutput<typeof usageSchema>;

/**
 * When images came and were used, by their ids. All that is noted only ever moves forward, so that two books about one
 * daemon can be merged in any order.
 */
export class UsageBook {
  readonly #records = new Map<string, UsageRecord>();
  #seenUntilMs: number | undefined;
  #isChanged = false;

  constructor(document?: UsageDocument) {
    if (document !== undefined) this.merge(document);
    this.#isChanged = false;
  }

  /** Whether there is something that was not written yet. */
  get isChanged(): boolean {
    return this.#isChanged;
  }

  /** Of events up to here all is known; undefined before the first one. */
  get seenUntilMs(): number | undefined {
    return this.#seenUntilMs;
  }

  /** What is known of an image. */
  find(id: string): Readonly<UsageRecord> | undefined {
    return this.#records.get(id);
  }

  /** An image is there. */
  noteSeen(id: string, nowMs: number): void {
    const record = this.#open(id, nowMs);
    record.lastSeenMs = Math.max(record.lastSeenMs, nowMs);
  }

  /** A container of an image was created, started, or ended. */
  noteUsed(id: string, atMs: number): void {
    const record = this.#open(id, atMs);
    record.lastSeenMs = Math.max(record.lastSeenMs, atMs);
    if (atMs <= (record.lastUsedMs ?? 0)) return;
    record.lastUsedMs = atMs;
    this.#isChanged = true;
  }

  /** An image came, or was given a name, at that moment. Coming from a registry once is enough. */
  noteArrival(id: string, atMs: number, origin?: ImageOrigin): void {
    const record = this.#open(id, atMs);
    if (atMs > record.arrivedMs) {
      record.arrivedMs = atMs;
      this.#isChanged = true;
    }
    if (origin === undefined || record.origin === "registry" || record.origin === origin) return;
    record.origin = origin;
    this.#isChanged = true;
  }

  /** All events up to here have been noted. */
  noteEvents(untilMs: number): void {
    if (untilMs <= (this.#seenUntilMs ?? 0)) return;
    this.#seenUntilMs = untilMs;
    this.#isChanged = true;
  }

  /** Takes over what another book about the same daemon knows. */
  merge({ images, seenUntilMs }: UsageDocument): void {
    for (const [id, { arrivedMs, lastSeenMs, lastUsedMs, origin }] of Object.entries(images)) {
      this.noteArrival(id, arrivedMs, origin);
      this.noteSeen(id, lastSeenMs);
      if (lastUsedMs !== undefined) this.noteUsed(id, lastUsedMs);
    }
    if (seenUntilMs !== undefined) this.noteEvents(seenUntilMs);
  }

  /** What is to be written; it counts as written then. */
  toDocument(nowMs: number): UsageDocument {
    const kept = [...this.#records]
      .filter(([, { lastSeenMs }]) => nowMs - lastSeenMs < rememberedMs)
      .sort(([, one], [, other]) => other.lastSeenMs - one.lastSeenMs)
      .slice(0, mostRemembered);
    this.#isChanged = false;
    const seenUntil = this.#seenUntilMs === undefined ? {} : { seenUntilMs: this.#seenUntilMs };
    return { version: 1, ...seenUntil, images: Object.fromEntries(kept) };
  }

  #open(id: string, atMs: number): UsageRecord {
    const known = this.#records.get(id);
    if (known !== undefined) return known;
    const record: UsageRecord = { arrivedMs: atMs, lastSeenMs: atMs };
    this.#records.set(id, record);
    this.#isChanged = true;
    return record;
  }
}
