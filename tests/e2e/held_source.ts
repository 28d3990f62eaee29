import { delegatedRegistry } from "../../registry/delegated_registry.ts";
import { memoryRegistry, type Registry } from "../../registry/mod.ts";

/** A source that holds large blobs back in the middle, and tells from where they were asked for. */
export class HeldSource {
  readonly content = memoryRegistry();
  /** Lets it go on. */
  readonly released = Promise.withResolvers<void>();
  readonly begun: number[] = [];
  readonly registry: Registry;

  /** As much of a blob that has more comes at once. */
  constructor(part: number) {
    this.registry = {
      ...delegatedRegistry(this.content),
      getBlob: async (...call) => {
        const found = await this.content.getBlob(...call);
        if (found.descriptor.size <= part) return found;
        this.begun.push(found.span?.first ?? 0);
        return { ...found, body: this.#hold(found.body, part) };
      },
    };
  }

  async *#hold(body: AsyncIterable<Uint8Array>, part: number): AsyncGenerator<Uint8Array> {
    let given = 0;
    for await (const bytes of body) {
      if (given >= part) await this.released.promise;
      given += bytes.byteLength;
      yield bytes;
    }
  }
}
