import type { Exchange, Served } from "../../../registry/mod.ts";

/** A request that is over, as a test wants it. */
export function servedAs(facts: Partial<Served> = {}): Served {
  return {
    method: "GET",
    url: "/v2/",
    request: { kind: "ping" },
    client: "10.0.0.7",
    user: undefined,
    userAgent: undefined,
    begunMs: Date.UTC(2026, 10, 6, 7, 8, 9),
    receivedBytes: 0,
    sentBytes: 2,
    expectedBytes: 2,
    fault: undefined,
    status: 200,
    outcome: "sent",
    durationMs: 1.4,
    ...facts,
  };
}

/** A request that runs. */
export function exchangeAs(facts: Partial<Exchange> = {}): Exchange {
  const { status: _, outcome: __, durationMs: ___, ...exchange } = servedAs();
  return { ...exchange, ...facts };
}
