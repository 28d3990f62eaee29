/** Most of a header that is read (contract B.7). */
const longestHeader = 4096;

/** Texts for people in a Warning header, those of code 299, without control characters. */
export function parseWarnings(header: string | undefined): string[] {
  const found = (header ?? "").slice(0, longestHeader).matchAll(/(?:^|,)\s*299\s+\S+\s+"((?:[^"\\]|\\.)*)"/g);
  return [...found]
    .map(([, text = ""]) => text.replace(/\\(.)/g, "$1"))
    .map((text) => text.replace(/[\s\p{Cc}]+/gu, " ").trim())
    .filter((text) => text !== "");
}
