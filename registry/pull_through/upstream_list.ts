import { RegistryError } from "../registry_error.ts";
import { type AskOptions, askSources } from "./ask_sources.ts";
import type { Source, Upstream } from "./source.ts";

/** What listing takes. */
export interface UpstreamListOptions extends Omit<AskOptions<never>, "discard"> {
  /** How many are likely to be read; all unless given. */
  readonly count?: number | undefined;
}

/**
 * A list of upstream's. The registry itself is asked first, since mirrors may have a part: what is likely to be read of it comes from the
 * first source that has given all of that, so that one that breaks off is replaced by the next. What is read beyond comes from the same
 * source, or fails. That there is nothing at all counts only when the registry itself says it.
 */
export async function* listUpstream<T>(
  sources: readonly Source[],
  list: (registry: Upstream["registry"], signal: AbortSignal) => AsyncIterable<T>,
  { count = Number.POSITIVE_INFINITY, ...options }: UpstreamListOptions,
): AsyncGenerator<T> {
  const begin = async (source: Source, signal: AbortSignal) => {
    const { upstream } = source;
    const rest = list(upstream.registry, signal)[Symbol.asyncIterator]();
    const first: T[] = [];
    while (first.length < count) {
      const next = await rest.next();
      if (next.done) break;
      first.push(next.value);
    }
    if (first.length === 0 && source !== sources.at(-1)) {
      throw new RegistryError("NAME_UNKNOWN", `Cannot list ${options.what}: "${upstream.name}" has none`);
    }
    return { first, rest };
  };
  const { value } = await askSources(sources, begin, { first: "registry", ...options });
  try {
    yield* value.first;
    for (let next = await value.rest.next(); !next.done; next = await value.rest.next()) yield next.value;
  } finally {
    await value.rest.return?.();
  }
}
