/** Pieces that parsers trip over. */
const spices = [
  ...[
    "",
    " ",
    "\t",
    "\r\n",
    "\0",
    "\u00e9",
    "\u{1f600}",
    "\ufeff",
    ":",
    "/",
    "//",
    "@",
    "=",
    ",",
    ";",
    '"',
    "\\",
    "%",
    "%2F",
    "%zz",
  ],
  ...[
    "-",
    "_",
    "__",
    ".",
    "..",
    "[",
    "]",
    "{",
    "}",
    "<",
    ">",
    "0",
    "-1",
    "9007199254740993",
    "1e309",
    "NaN",
    "null",
    "true",
  ],
  ...[
    "sha256:",
    "sha512:",
    "a".repeat(64),
    "x".repeat(300),
    "[".repeat(2000),
    '{"a":'.repeat(500),
    "__proto__",
    "constructor",
  ],
] as const;

/** A text that was changed a few times: parts are cut, doubled, moved, replaced by another text's or by what breaks parsers. */
export function mutate(text: string, others: readonly string[], random: () => number): string {
  const below = (count: number) => Math.floor(random() * count);
  let changed = text;
  for (let change = 0; change <= below(4); change++) {
    const from = below(changed.length + 1);
    const to = from + below(Math.min(40, changed.length - from) + 1);
    const other = others[below(others.length)] ?? "";
    const start = below(other.length + 1);
    const part = [
      spices[below(spices.length)] ?? "",
      other.slice(start, start + below(40)),
      changed.slice(from, to).repeat(2),
      String.fromCharCode(below(256)),
      "",
    ][below(5)];
    changed = changed.slice(0, from) + part + changed.slice(to);
  }
  return changed;
}
