/** Text as it may stand in a message: in quotes, control characters escaped, cut at 200 characters. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 200 ? `${text.slice(0, 200)}…` : text);
}
