/** One way to log in that a server offers: a scheme in lower case, and parameters with lower-case names. */
export interface Challenge {
  readonly scheme: string;
  readonly parameters: Readonly<Record<string, string>>;
}

/** Most of a header that is read: realms and scopes are short, and the header comes from outside. */
const longestHeader = 16_384;

/**
 * Reads a WWW-Authenticate header, or several joined by commas (contract B.2). What cannot be read ends the list: the
 * challenges before it count.
 */
export function parseChallenges(header: string): Challenge[] {
  const text = header.slice(0, longestHeader);
  const challenges: { scheme: string; parameters: Record<string, string> }[] = [];
  const token = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y;
  let at = 0;
  const skip = (pattern: RegExp) => {
    while (at < text.length && pattern.test(text[at] ?? "")) at += 1;
  };
  const readToken = (): string | undefined => {
    token.lastIndex = at;
    const match = token.exec(text);
    if (match) at = token.lastIndex;
    return match?.[0];
  };
  for (;;) {
    skip(/[\s,]/);
    const name = readToken();
    if (name === undefined) return challenges;
    skip(/\s/);
    const current = challenges.at(-1);
    if (text[at] !== "=" || current === undefined) {
      challenges.push({ scheme: name.toLowerCase(), parameters: {} });
      continue;
    }
    at += 1;
    skip(/\s/);
    const value = text[at] === '"' ? readQuoted() : readToken();
    if (value === undefined) return challenges;
    if (!Object.hasOwn(current.parameters, name.toLowerCase())) current.parameters[name.toLowerCase()] = value;
  }

  function readQuoted(): string | undefined {
    let value = "";
    for (at += 1; at < text.length; at += 1) {
      const character = text[at] ?? "";
      if (character === '"') {
        at += 1;
        return value;
      }
      if (character === "\\") at += 1;
      value += character === "\\" ? (text[at] ?? "") : character;
    }
    return undefined;
  }
}
