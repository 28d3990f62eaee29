/** Shorter lines of a secret are of no use to anybody, and could be anywhere: a `}` or `---`. */
const shortestLine = 6;

/**
 * A text without secrets. Of one that has several lines, each long line is a secret as well: what a container says of
 * itself is told by its last lines only.
 */
export function hideSecrets(text: string, secrets: readonly string[]): string {
  const hidden = new Set(secrets.flatMap((secret) => [secret, ...splitLines(secret)]));
  hidden.delete("");
  // The longest first: one may hold another, and must not leave its rest.
  const ordered = [...hidden].toSorted((one, other) => other.length - one.length);
  return ordered.reduce((told, secret) => told.replaceAll(secret, () => "[secret]"), text);
}

function splitLines(secret: string): string[] {
  return secret.split(/\r?\n/).filter((line) => line.length >= shortestLine);
}
