import { ParameterFault, unexpected } from "../fault.ts";

/** A name and what is said of it. */
export interface Pair {
  name: string;
  value: string;
}

/** `name=value`; without the equals sign the value is empty. */
export function parsePair(text: string): Pair {
  const { name, value } = cutPair(text);
  return { name, value: value ?? "" };
}

/** `name=value`, where the equals sign must be. `expected` names the form. */
export function parseFullPair(text: string, expected = "name=value"): Pair {
  const { name, value } = cutPair(text);
  if (value === undefined) throw unexpected(text, expected);
  return { name, value };
}

/** A pair whose value may be absent. The text itself is in no message: it may hold a password. */
export function cutPair(text: string): { name: string; value: string | undefined } {
  const at = text.indexOf("=");
  const name = at < 0 ? text : text.slice(0, at);
  if (name === "") throw new ParameterFault("has no name before the equals sign");
  return { name, value: at < 0 ? undefined : text.slice(at + 1) };
}

/** Fields of one line of comma-separated values; a field in quotes may hold commas, and doubled quotes. */
export function parseFields(text: string): string[] {
  const fields = [...text.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"(?=,|$)|([^",]*)(?=,|$))/g)];
  if (fields.map(([whole]) => whole).join("") !== text) {
    throw new ParameterFault("is no list of fields between commas, with quotes around whole fields");
  }
  return fields.map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain ?? "");
}
