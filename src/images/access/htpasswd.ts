/** Names with their bcrypt hashes. */
export type PasswordHashes = ReadonlyMap<string, string>;

/**
 * Reads lines `name:hash` as `htpasswd -B` writes them; empty lines and lines that begin with `#` are passed over.
 * Throws SyntaxError with the path and the number of the line, and never what is in it: only bcrypt is taken, as the other schemes
 * of htpasswd are broken in minutes.
 */
export function parseHtpasswd(text: string, path: string): PasswordHashes {
  const hashes = new Map<string, string>();
  for (const [at, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === "" || line.startsWith("#")) continue;
    const refuse = (found: string): never => {
      throw new SyntaxError(`Cannot read password file "${path}", line ${at + 1}: ${found}`);
    };
    const colon = line.indexOf(":");
    if (colon < 1) refuse('found no "name:hash"');
    const [name, hash] = [line.slice(0, colon), line.slice(colon + 1).trim()];
    if (!/^\$2[aby]\$(?:0[4-9]|[12]\d|3[01])\$[./A-Za-z0-9]{53}$/.test(hash)) {
      refuse("found a hash that is not of bcrypt (htpasswd -B)");
    }
    if (hashes.has(name)) refuse("found a name for the second time");
    hashes.set(name, hash);
  }
  if (hashes.size === 0) throw new SyntaxError(`Cannot read password file "${path}": found no name in it`);
  return hashes;
}

/** Name and password of an `Authorization` header of the Basic scheme (RFC 7617); undefined when it is none. */
export function parseBasic(header: string | undefined): { name: string; password: string } | undefined {
  const [, encoded] = /^Basic +([A-Za-z0-9+/]+={0,2}) *$/i.exec(header ?? "") ?? [];
  if (encoded === undefined) return undefined;
  const text = Buffer.from(encoded, "base64").toString("utf8");
  const colon = text.indexOf(":");
  return colon < 0 ? undefined : { name: text.slice(0, colon), password: text.slice(colon + 1) };
}
