/** A parser, texts that it takes, and the errors that it may answer with. */
export interface FuzzTarget {
  name: string;
  seeds: readonly string[];
  /** Parses a text, and looks whether what came of it is what it should be. */
  parse: (text: string) => void | Promise<void>;
  errors: readonly (new (...words: never[]) => Error)[];
}
