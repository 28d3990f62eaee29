import { ParameterFault } from "../fault.ts";
import { cutPair } from "./fields.ts";

/**
 * `NAME=value` lines of a file as Docker reads them: blank lines and those that begin with `#` are left out, values are
 * taken as they stand. A `NAME` alone has no value. Faults name the line's number, since values may be secret.
 */
export function parseFileLines(text: string): { name: string; value: string | undefined }[] {
  return text
    .replace(/^\uFEFF/, "")
    .split(/\r?\n/)
    .map((line, index) => ({ line: line.trimStart(), number: index + 1 }))
    .filter(({ line }) => line !== "" && !line.startsWith("#"))
    .map(({ line, number }) => parseLine(line, number));
}

function parseLine(line: string, number: number): { name: string; value: string | undefined } {
  const isNamed = !line.startsWith("=");
  if (!isNamed) throw new ParameterFault(`names a file whose line ${number} has no name before the equals sign`);
  const { name, value } = cutPair(line);
  if (value === undefined) return { name: name.trimEnd(), value };
  if (/\s/.test(name)) throw new ParameterFault(`names a file whose line ${number} has a name with spaces`);
  return { name, value };
}
