/**
 * Where the files of an archive or a layout are written to, each once. Disposing before {@link finish} abandons all that an
 * archive has; a folder keeps what is whole.
 */
export interface MemberSink extends AsyncDisposable {
  /** Where it is, for errors. */
  readonly place: string;
  /** Bytes of a file that is there; undefined for one that is not. */
  stat(name: string): Promise<number | undefined>;
  /** Writes a file of exactly `size` bytes. Callers come in one after the other where only one can. */
  write(name: string, size: number, body: AsyncIterable<Uint8Array>): Promise<void>;
  /** No more files: what was written is where it belongs when this resolves. */
  finish(): Promise<void>;
}

/** Bytes at hand as a body. */
export async function* bodyOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}
