import { Readable } from "node:stream";
import { messageOf } from "../../notation/thrown.ts";
import { EngineError } from "../engine_error.ts";
import { type CallGuard, cannot } from "./call_guard.ts";

/**
 * A stream that docker-modem can send. The call's deadline runs while the daemon is to take data or to answer, and
 * stands still while the source has none; a source that throws ends the call with its error.
 */
export function createUpload(chunks: AsyncIterable<Uint8Array>, guard: CallGuard, silenceMs: number): Readable {
  const stream = Readable.from(watch(chunks, guard, silenceMs), { objectMode: false });
  // docker-modem leaves the stream open when its request ends early; the source would never be told.
  guard.defer(() => stream.destroy());
  return stream;
}

async function* watch(
  chunks: AsyncIterable<Uint8Array>,
  guard: CallGuard,
  silenceMs: number,
): AsyncGenerator<Uint8Array, void, undefined> {
  try {
    guard.stopDeadline();
    for await (const chunk of chunks) {
      guard.startDeadline(silenceMs, "took no more data");
      yield chunk;
      guard.stopDeadline();
    }
    guard.startDeadline(silenceMs);
  } catch (cause) {
    const found = `the data to be sent could not be read (${messageOf(cause)})`;
    guard.abort(new EngineError("failed", `${cannot(guard.call)}: ${found}`, { cause }));
    throw cause;
  }
}
