/**
 * A JSON object that another program wrote, read field by field. Absent and null are the same. A value of another type
 * than the expected one is read as absent, and added to a list of faults that readings of nested objects share: all of
 * them can be told at once. Values are never quoted, they may be secrets.
 */
export class ForeignObject {
  readonly faults: string[];
  readonly #value: Readonly<Record<string, unknown>>;
  readonly #path: string;

  constructor(value: Readonly<Record<string, unknown>>, options: { path?: string; faults?: string[] } = {}) {
    this.#value = value;
    this.#path = options.path ?? "";
    this.faults = options.faults ?? [];
  }

  /** Where a field lies in the document, for messages. */
  pathOf(field: string): string {
    return this.#path === "" ? field : `${this.#path}.${field}`;
  }

  /** Names of all fields. */
  fields(): readonly string[] {
    return Object.keys(this.#value);
  }

  /** Whether a field is there, be it null. */
  has(field: string): boolean {
    return Object.hasOwn(this.#value, field);
  }

  /** Notes that something is wrong with a field. */
  fault(field: string, found: string): undefined {
    this.faults.push(`${this.pathOf(field)} ${found}`);
  }

  /** The value of a field, whatever it is; undefined for null. */
  raw(field: string): unknown {
    return this.has(field) ? (this.#value[field] ?? undefined) : undefined;
  }

  text(field: string): string | undefined {
    return this.#read(field, "a text", (value) => typeof value === "string");
  }

  flag(field: string): boolean | undefined {
    return this.#read(field, "true or false", (value) => typeof value === "boolean");
  }

  /** A whole number that is not negative. */
  count(field: string): number | undefined {
    return this.#read(
      field,
      "a whole number",
      (value): value is number => Number.isSafeInteger(value) && Number(value) >= 0,
    );
  }

  texts(field: string): readonly string[] {
    const isTexts = (value: unknown): value is string[] =>
      Array.isArray(value) && value.every((item) => typeof item === "string");
    return this.#read(field, "a list of texts", isTexts) ?? [];
  }

  object(field: string): ForeignObject | undefined {
    const value = this.#read(field, "an object", isObject);
    return value && new ForeignObject(value, { path: this.pathOf(field), faults: this.faults });
  }

  objects(field: string): readonly ForeignObject[] {
    const isObjects = (value: unknown): value is Record<string, unknown>[] =>
      Array.isArray(value) && value.every(isObject);
    return (this.#read(field, "a list of objects", isObjects) ?? []).map(
      (value, index) => new ForeignObject(value, { path: `${this.pathOf(field)}[${index}]`, faults: this.faults }),
    );
  }

  #read<T>(field: string, expected: string, accepts: (value: unknown) => value is T): T | undefined {
    const value = this.raw(field);
    if (value === undefined) return undefined;
    return accepts(value) ? value : this.fault(field, `is not ${expected}`);
  }
}

/** Whether a value of JSON is an object. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
