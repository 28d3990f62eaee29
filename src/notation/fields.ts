// Fields of files that operators write, as schemas. Messages on values say what is expected; who renders a fault says what
// was found. Valibot is loaded with it, so this is imported only when there is a file.
import * as v from "valibot";
import { parseByteSize } from "./byte_size.ts";
import { formatDuration, parseDuration, shortestPauseMs } from "./duration.ts";

type Entries = Parameters<typeof v.object>[0];

const mappingText = "a mapping";

function isMapping(input: unknown): boolean {
  return typeof input === "object" && input !== null && !Array.isArray(input);
}

/** Unlike Valibot's own objects: an array is none, and every unknown key is reported. */
export function mapping<const T extends Entries>(entries: T): MappingSchema<T> {
  return v.pipe(
    v.custom<Record<string, unknown>>(isMapping, mappingText),
    v.objectWithRest(entries, v.never("unknown key"), "missing key"),
  );
}

/** Its values are without the index of keys that are never there. */
type MappingSchema<T extends Entries> = v.GenericSchema<unknown, v.InferOutput<v.ObjectSchema<T, undefined>>> & {
  readonly pipe: readonly [unknown, { readonly entries: T }];
};

/** What is wrong with a field beside others: its path, and what is expected of it. */
export interface FieldFault {
  readonly path: readonly string[];
  readonly expected: string;
}

/** Fields of a mapping beside each other: `find` sees what was read so far, as all faults are told at once. */
export function beside<const S extends v.GenericSchema>(
  schema: S,
  find: (input: Readonly<Record<string, unknown>>) => readonly FieldFault[],
) {
  return v.pipe(
    schema,
    v.rawCheck(({ dataset, addIssue }) => {
      if (!isMapping(dataset.value)) return;
      for (const { path, expected } of find(dataset.value as Record<string, unknown>)) {
        let input = dataset.value;
        const steps = path.map((key) => {
          const value = (input as Record<string, unknown>)[key];
          const step = {
            type: "object" as const,
            origin: "value" as const,
            input: input as Record<string, unknown>,
            key,
            value,
          };
          input = value as typeof input;
          return step;
        });
        addIssue({ message: expected, path: steps as [(typeof steps)[number], ...typeof steps] });
      }
    }),
  );
}

/** A mapping whose keys are the operator's own. */
export function mappingOf<
  const K extends v.GenericSchema<string, string>,
  const S extends v.GenericSchema<unknown, unknown>,
>(key: K, value: S) {
  return v.pipe(v.custom<Record<string, unknown>>(isMapping, mappingText), v.record(key, value));
}

/** A field that may be left out; the description goes into a published JSON Schema. */
export function said<const S extends v.GenericSchema>(schema: S, description: string) {
  return v.optional(v.pipe(schema, v.description(description)));
}

/** A text that another part of the program can read: `read` throws for another, or gives false. */
export function readable(wanted: string, read: (value: string) => unknown) {
  const canRead = (value: string) => {
    try {
      return read(value) !== false;
    } catch {
      return false;
    }
  };
  return v.pipe(v.string(wanted), v.check(canRead, wanted));
}

/** A text of which nothing else is expected: `find` gives what is, undefined when it is met. */
export function meeting(wanted: string, find: (value: string) => string | undefined) {
  return v.pipe(
    v.string(wanted),
    v.check(
      (value) => find(value) === undefined,
      ({ input }) => find(input) ?? wanted,
    ),
  );
}

/** Some text. */
export const text = v.pipe(v.string("a text"), v.nonEmpty("a text"));

/** Text of a regular expression. */
export const expression = readable("a regular expression", (value) => new RegExp(value));

/** Path of a file or folder, from the root. */
export const absolutePath = v.pipe(
  v.string("an absolute path"),
  v.check((path) => path.startsWith("/"), "an absolute path"),
);

const countText = "a whole number above 0";

/** A whole number above zero. */
export const count = v.pipe(v.number(countText), v.safeInteger(countText), v.minValue(1, countText));

const sizeText = "a size such as 512k, 10m or 1g";

/** Bytes, from `10m` or a number of them. */
export const size = v.pipe(
  v.union([v.number(), v.string()], sizeText),
  v.transform((written) => parseByteSize(String(written)) ?? 0),
  v.minValue(1, sizeText),
);

const durationText = "a duration such as 500ms, 10secs or 2hrs";

/** Milliseconds above zero, from a duration as Mesos writes it. */
export const duration = v.pipe(
  readable(durationText, (written) => parseDuration(written) > 0),
  v.transform(parseDuration),
);

const pauseText = `a duration of ${formatDuration(shortestPauseMs)} or more such as 30secs`;

/** Milliseconds between two times at which something is done, from a duration as Mesos writes it. */
export const pause = v.pipe(
  readable(pauseText, (written) => parseDuration(written) >= shortestPauseMs),
  v.transform(parseDuration),
);

const percentText = "per cent, from 0 to 100";

/** Per cent. */
export const percent = v.pipe(v.number(percentText), v.minValue(0, percentText), v.maxValue(100, percentText));
