/** What a registry allows in a span of time, as an answer told it (contract B.8). */
export interface Quota {
  /** Requests that are left. At Docker Hub they are GETs of manifests. */
  readonly remaining: number;
  readonly limit?: number;
  /** The span that the limit is for. */
  readonly windowMs?: number;
  /** When it is renewed, from the answer on. */
  readonly resetMs?: number;
  /** Whose it is: an address or an account. */
  readonly source?: string;
}

/** Reads `ratelimit-*` and `docker-ratelimit-source`; undefined where nothing says what is left. */
export function parseQuota(headers: Readonly<Record<string, string | undefined>>): Quota | undefined {
  const remaining = parseCount(headers["ratelimit-remaining"]);
  if (remaining === undefined) return undefined;
  const limit = parseCount(headers["ratelimit-limit"]);
  const seconds = /;\s*w=(\d{1,9})/.exec(headers["ratelimit-remaining"] ?? "")?.[1];
  const reset = parseCount(headers["ratelimit-reset"]);
  const source = headers["docker-ratelimit-source"]?.slice(0, 200);
  return {
    remaining: remaining.value,
    ...(limit && { limit: limit.value }),
    ...(seconds !== undefined && { windowMs: Number(seconds) * 1000 }),
    ...(reset && { resetMs: reset.value * 1000 }),
    ...(source && { source }),
  };
}

/** Only what stands before the first `;` is the number; boxed, so that zero is not taken for nothing. */
function parseCount(header: string | undefined): { value: number } | undefined {
  const text = /^\s*(\d{1,9})\s*(?:[;,]|$)/.exec(header ?? "")?.[1];
  return text === undefined ? undefined : { value: Number(text) };
}
