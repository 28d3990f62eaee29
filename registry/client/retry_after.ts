/** Longest that is believed. Quotas are renewed within hours; what asks for more has another clock, or is not to be had today. */
const longestMs = 24 * 3_600_000;

/**
 * How long a Retry-After header asks to wait, in milliseconds from `nowMs`: seconds, or a date (RFC 9110, 10.2.3); at most a
 * day.
 */
export function parseRetryAfter(header: string | undefined, nowMs: number): number | undefined {
  const text = header?.trim() ?? "";
  if (/^\d{1,9}$/.test(text)) return Math.min(longestMs, Number(text) * 1000);
  if (!/^[A-Z][a-z]{2,8},? /.test(text)) return undefined;
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.min(longestMs, Math.max(0, date - nowMs));
}
