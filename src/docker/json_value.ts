// Reading of JSON that others wrote: absent and null are the same, another type than the expected one is a SyntaxError.

/** An object of JSON, its values not looked at yet. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** The value as an object; null and undefined give an empty one. */
export function toObject(value: unknown, name = "the answer"): JsonObject {
  if (value === undefined || value === null) return {};
  if (typeof value !== "object" || Array.isArray(value)) throw mismatch(name, value, "an object");
  return value as JsonObject;
}

/** The value as a list; null and undefined give an empty one. */
export function toList(value: unknown, name = "the answer"): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw mismatch(name, value, "a list");
  return value;
}

/** Text of a field, if it has one. */
export function textOf(object: JsonObject, field: string): string | undefined {
  const value = object[field] ?? undefined;
  if (value !== undefined && typeof value !== "string") throw mismatch(field, value, "a text");
  return value;
}

/** Text of a field that must be there. */
export function requiredTextOf(object: JsonObject, field: string): string {
  const text = textOf(object, field);
  if (text === undefined) throw new SyntaxError(`"${field}" is missing`);
  return text;
}

/** Number of a field, if it has one. */
export function numberOf(object: JsonObject, field: string): number | undefined {
  const value = object[field] ?? undefined;
  if (value !== undefined && typeof value !== "number") throw mismatch(field, value, "a number");
  return value;
}

/** Truth value of a field, if it has one. */
export function flagOf(object: JsonObject, field: string): boolean | undefined {
  const value = object[field] ?? undefined;
  if (value !== undefined && typeof value !== "boolean") throw mismatch(field, value, "true or false");
  return value;
}

/** Texts of a list. */
export function textsOf(object: JsonObject, field: string): readonly string[] {
  const list = toList(object[field], field);
  for (const value of list) if (typeof value !== "string") throw mismatch(field, value, "a list of texts");
  return list as readonly string[];
}

/** Texts of a map. */
export function textMapOf(object: JsonObject, field: string): Readonly<Record<string, string>> {
  const map = toObject(object[field], field);
  for (const value of Object.values(map)) if (typeof value !== "string") throw mismatch(field, value, "a map of texts");
  return map as Readonly<Record<string, string>>;
}

/** The map with each value read; null and undefined give an empty one. */
export function mapOf<T>(object: JsonObject, field: string, read: (value: unknown) => T): Readonly<Record<string, T>> {
  const entries = Object.entries(toObject(object[field], field));
  return Object.fromEntries(entries.map(([key, value]) => [key, read(value)]));
}

/** The object without its undefined values, for fields that are there or not. */
export function definedOnly<T extends object>(object: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(object).filter(([, value]) => value !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> };
}

function mismatch(name: string, value: unknown, expected: string): SyntaxError {
  return new SyntaxError(`"${name}" is ${nameType(value)} where ${expected} was expected`);
}

function nameType(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "an object";
  return `a ${typeof value}`;
}
