import { unexpected } from "../fault.ts";

const words = new Map([
  ...["", "1", "t", "T", "true", "TRUE", "True"].map((word) => [word, true] as const),
  ...["0", "f", "F", "false", "FALSE", "False"].map((word) => [word, false] as const),
]);

/** `true`, `false` and Docker's other words for them; an empty value is a flag that stands alone (contract B.4). */
export function parseSwitch(text: string): boolean {
  const value = words.get(text);
  if (value === undefined) throw unexpected(text, "true or false");
  return value;
}
