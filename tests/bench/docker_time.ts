/**
 * A time of Docker, `2024-05-01T12:00:00.123456789Z`, as `performance.now()` would have given it then, in milliseconds;
 * `Date` would drop what is below one.
 */
export function parseTime(text: string): number {
  const [, seconds = "", fraction = "0"] = /^([\dT:-]+)(\.\d+)?Z$/.exec(text) ?? [];
  return Date.parse(`${seconds}Z`) + Number(fraction) * 1000 - performance.timeOrigin;
}
