import type { Transport } from "./http/transport.ts";
import type { Origin } from "./origin.ts";
import { parseQuota, type Quota } from "./quota.ts";
import { parseWarnings } from "./warning_header.ts";

/** Who is told what a registry says beside its answers. */
export interface ClientObserver {
  /** What it still allows, with each answer that says so, refusals among them. */
  readonly onQuota?: (quota: Quota) => void;
  /** A text for people, its own or about its faults; each is told once. */
  readonly onWarning?: (text: string) => void;
}

/** A registry that finds a new text for every answer is not listened to for ever. */
const mostWarnings = 100;

/** Tells each warning once. */
export function warnOnce({ onWarning }: ClientObserver): (text: string) => void {
  const told = new Set<string>();
  return (text) => {
    if (onWarning === undefined || told.has(text) || told.size >= mostWarnings) return;
    told.add(text);
    onWarning(text);
  };
}

/** Looks at the registry's own answers, not at those of storage behind it or of places of tokens. */
export function observeAnswers(
  next: Transport,
  origin: Origin,
  { onQuota }: ClientObserver,
  warn: (text: string) => void,
): Transport {
  return async (request) => {
    const response = await next(request);
    if (response.url.origin !== origin.url.origin) return response;
    const quota = onQuota && parseQuota(response.headers);
    if (quota) onQuota?.(quota);
    for (const text of parseWarnings(response.headers.warning)) warn(text);
    return response;
  };
}
