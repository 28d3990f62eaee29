import { isRecord } from "../values/descriptor.ts";
import { isDigest } from "../values/digest.ts";

/** What a text of records is: its name in errors, and the field that has them. */
export interface RecordsForm {
  readonly kind: string;
  readonly field: string;
}

/** Values by what `keyOf` names, for the next process to read. */
export function formatRecords({ kind, field }: RecordsForm, records: ReadonlyMap<string, unknown>): string {
  return `${JSON.stringify({ kind, version: 1, [field]: Object.fromEntries(records) })}\n`;
}

/** Reads such a text, none when there is no text; a value that `toValue` makes nothing of is left out. Throws SyntaxError. */
export function parseRecords<T>(
  { kind, field }: RecordsForm,
  text: string | undefined,
  toValue: (found: unknown) => T | undefined,
): Map<string, T> {
  if (text === undefined) return new Map();
  const document = parseJson(kind, text);
  const found = isRecord(document) && document.version === 1 ? document[field] : undefined;
  if (!isRecord(found)) throw new SyntaxError(`Cannot read ${kind}: found another format`);
  const records = new Map<string, T>();
  for (const [key, one] of Object.entries(found)) {
    const value = isDigest(key.slice(key.indexOf("@") + 1)) ? toValue(one) : undefined;
    if (value !== undefined) records.set(key, value);
  }
  return records;
}

function parseJson(kind: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new SyntaxError(`Cannot read ${kind}: found something else than JSON`, { cause });
  }
}
