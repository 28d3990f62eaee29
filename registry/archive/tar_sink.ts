import type { Writable } from "node:stream";
import type { Pack } from "tar-stream";
import { Mutex } from "../store/mutex.ts";
import type { MemberSink } from "./member_sink.ts";

/** Takes an archive as it is written, to its end. */
export type ArchiveConsumer = (archive: AsyncIterable<Uint8Array>) => Promise<unknown>;

/** The same archive every time. */
const noTime = new Date(0);

/** Writes members into a tar that is consumed meanwhile. A member that breaks off ends the whole archive. */
export async function openTarSink(place: string, consume: ArchiveConsumer): Promise<MemberSink> {
  const { pack } = await import("tar-stream");
  return new TarSink(place, pack(), consume);
}

class TarSink implements MemberSink {
  readonly place: string;
  readonly #pack: Pack;
  readonly #written = new Map<string, number>();
  readonly #mutex = new Mutex();
  readonly #consumed: Promise<void>;
  #state: "open" | "finished" = "open";
  #failure: { error: unknown } | undefined;

  constructor(place: string, pack: Pack, consume: ArchiveConsumer) {
    this.place = place;
    this.#pack = pack;
    // Whoever writes next is told; that the stream says so as well is no news.
    this.#pack.on("error", () => undefined);
    this.#consumed = this.#consume(consume);
  }

  async stat(name: string): Promise<number | undefined> {
    return this.#written.get(name);
  }

  write(name: string, size: number, body: AsyncIterable<Uint8Array>): Promise<void> {
    return this.#mutex.run(async () => {
      // Two may have found that it is not there.
      if (this.#written.has(name)) return;
      try {
        await this.#append(name, size, body);
        this.#written.set(name, size);
      } catch (error) {
        // Who takes the archive may have failed in this moment, and knows why.
        if (this.#pack.destroyed) await this.#consumed;
        this.#fail(error);
        throw this.#failure?.error;
      }
    });
  }

  async finish(): Promise<void> {
    await this.#mutex.run(async () => this.#throwFailure());
    this.#state = "finished";
    this.#pack.finalize();
    await this.#consumed;
    this.#throwFailure();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#state === "open") this.#fail(new Error(`Cannot write "${this.place}": it was given up`));
    await this.#consumed;
  }

  async #append(name: string, size: number, body: AsyncIterable<Uint8Array>): Promise<void> {
    this.#throwFailure();
    // Its own types tell of fewer events than there are.
    const entry = this.#pack.entry({ name, size, mode: 0o644, mtime: noTime }) as unknown as Writable;
    const closed = new Promise<void>((resolve) => entry.once("close", resolve));
    entry.on("error", () => undefined);
    for await (const bytes of body) {
      this.#throwFailure();
      if (!entry.write(bytes)) await Promise.race([new Promise((resolve) => entry.once("drain", resolve)), closed]);
    }
    this.#throwFailure();
    entry.end();
    await closed;
    this.#throwFailure();
  }

  async #consume(consume: ArchiveConsumer): Promise<void> {
    try {
      await consume(this.#pack as AsyncIterable<Uint8Array>);
      if (this.#state === "open") throw new Error(`Cannot write "${this.place}": nobody reads on`);
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#pack.destroy(error instanceof Error ? error : new Error(String(error)));
  }

  #throwFailure(): void {
    if (this.#failure) throw this.#failure.error;
  }
}
