import { type RegistryClock, RegistryError, type RegistryLister, type RegistryReader } from "../../../registry/mod.ts";
import { askSources } from "../../../registry/pull_through/ask_sources.ts";
import { Source } from "../../../registry/pull_through/source.ts";
import type { Candidate } from "./sources.ts";

/** How a source did when it was asked for something. */
export interface Attempt {
  readonly host: string;
  /** What it was asked for, e.g. `tag "7"`. */
  readonly what: string;
  readonly outcome: "answered" | "failed" | "given up";
  /** Why it failed. */
  readonly error?: string;
}

/** What questions take. */
export interface QuestionOptions {
  readonly clock: RegistryClock;
  readonly signal: AbortSignal;
  /** A source that has not answered by then is joined by the next. */
  readonly hedgeMs: number;
}

type Question<T> = (registry: RegistryReader & RegistryLister, signal: AbortSignal) => Promise<T>;

/** Asks candidates one after the other, as a pull does, and remembers how each of them did. */
export class SourceQuestions {
  readonly #candidates: ReadonlyMap<Source, Candidate>;
  readonly #options: QuestionOptions;
  readonly #attempts: Attempt[] = [];
  #failure: unknown;

  constructor(candidates: readonly Candidate[], options: QuestionOptions) {
    this.#options = options;
    this.#candidates = new Map(candidates.map((one) => [new Source(one.upstream, options.clock), one]));
  }

  /** In the order in which they ended. */
  get attempts(): readonly Attempt[] {
    return this.#attempts;
  }

  /** What was thrown when nobody answered. */
  get failure(): unknown {
    return this.#failure;
  }

  /** The first answer and whose it is. Throws one RegistryError for all failures. */
  async ask<T>(what: string, kind: "tags" | "blobs", question: Question<T>): Promise<{ value: T; from: Candidate }> {
    const sources = [...this.#candidates.keys()].filter(({ upstream }) => upstream.serves?.includes(kind) ?? true);
    const ask = async ({ upstream }: Source, signal: AbortSignal): Promise<T> => {
      const tell = (outcome: Attempt["outcome"], error?: unknown) => {
        const told = error === undefined ? {} : { error: RegistryError.from(error).message };
        this.#attempts.push({ host: upstream.name, what, outcome, ...told });
      };
      try {
        const value = await question(upstream.registry, signal);
        tell("answered");
        return value;
      } catch (error) {
        if (signal.aborted) tell("given up");
        else tell("failed", error);
        throw error;
      }
    };
    const answered = askSources(sources, ask, { ...this.#options, what });
    const { value, source } = await answered.catch((error: unknown) => {
      this.#failure = error;
      throw error;
    });
    const from = this.#candidates.get(source);
    if (!from) throw new TypeError(`Cannot tell who answered: "${source.upstream.name}" is nobody's`);
    return { value, from };
  }
}
