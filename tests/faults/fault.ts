// What a proxy may do to a request, written down as data.

/** What befalls one request. */
export type Fault =
  /** It arrives later; requests of other connections overtake it, which is how order is lost between them. */
  | { kind: "delay"; ms: number }
  /** The connection breaks: before the server has the request, or after that many bytes of its answer. */
  | { kind: "cut"; at: "request" }
  | { kind: "cut"; at: "answer"; afterBytes: number }
  /** The proxy answers in the server's place, which never sees the request. */
  | { kind: "status"; status: number; body: string; headers?: Readonly<Record<string, string>> }
  /** Nobody answers: the server never sees the request, or its answer goes nowhere, from its beginning or after that many bytes. */
  | { kind: "hang"; at: "request" }
  | { kind: "hang"; at: "answer"; afterBytes?: number };

/** The head of a request that passes. */
export interface RequestHead {
  method: string;
  /** Path with its query. */
  path: string;
}

/** Which requests a fault befalls. */
export interface FaultRule {
  match: { method?: string; path?: RegExp };
  /** How many of those that match pass first; none unless given. */
  after?: number;
  /** How many it befalls then; all unless given. */
  times?: number;
  fault: Fault;
}

/** Decides for one request after the other. */
export type FaultScript = (request: RequestHead) => Fault | undefined;

/** Nothing is done to any request. */
export const noFaults: FaultScript = () => undefined;

/** The first rule that has something to say decides; each counts the requests that match it. */
export function followRules(rules: readonly FaultRule[]): FaultScript {
  const counts = rules.map(() => 0);
  return (request) => {
    let decided: Fault | undefined;
    for (const [index, { match, after = 0, times = Number.POSITIVE_INFINITY, fault }] of rules.entries()) {
      const isMeant = match.method === undefined || match.method === request.method;
      if (!isMeant || !(match.path ?? /^/).test(request.path)) continue;
      const count = counts[index] ?? 0;
      counts[index] = count + 1;
      if (count >= after && count < after + times) decided ??= fault;
    }
    return decided;
  };
}

/** One request in `1 / probability` has one of the faults. */
export function strikeAtRandom(random: () => number, probability: number, faults: readonly Fault[]): FaultScript {
  return () => (random() < probability ? faults[Math.floor(random() * faults.length)] : undefined);
}

/** One line for logs. */
export function formatFault(fault: Fault): string {
  switch (fault.kind) {
    case "delay":
      return `delayed by ${fault.ms} ms`;
    case "cut":
      return fault.at === "request" ? "cut before it arrived" : `answer cut after ${fault.afterBytes} bytes`;
    case "status":
      return `answered ${fault.status} by the proxy`;
    case "hang":
      return fault.at === "request" ? "never arrived" : "never answered";
  }
}
