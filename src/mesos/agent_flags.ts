import { Buffer } from "node:buffer";
import type { Clock } from "../runtime/clock.ts";
import { type AgentAddress, formatAgentAddress } from "./agent_address.ts";
import { AgentError, toStatusError } from "./agent_error.ts";
import { type HttpTransport, postToAgent, readAnswer } from "./agent_request.ts";

const json = "application/json";

const action = "read the agent's flags";

/** Bytes of an answer: agents have some 150 flags, some of which are whole files. */
const longestAnswerBytes = 8 * 1024 * 1024;

/** Letters of an agent's own words that are told: what stands at its address may be something else, with pages. */
const longestWords = 200;

/** How a flag is asked for. */
export interface AgentFlagOptions {
  readonly transport: HttpTransport;
  readonly clock: Clock;
  /** How long all of it may take. */
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
}

/**
 * Asks an agent for the value of one of its flags by the operator API's GET_FLAGS (agent.proto), undefined when it was started
 * without. Nobody is named: the executor's token is for the executor API alone. Throws {@link AgentError}, whose message has nothing
 * of the flags, and the signal's reason.
 */
export async function askAgentFlag(
  name: string,
  address: AgentAddress,
  { transport, clock, deadlineMs, signal }: AgentFlagOptions,
): Promise<string | undefined> {
  const late = new AbortController();
  const timer = clock.schedule(deadlineMs, () =>
    late.abort(failed("unreachable", address, `no answer in ${deadlineMs / 1000} s`)),
  );
  const either = AbortSignal.any([signal, late.signal]);
  const connections = new transport.Agent({ keepAlive: false });
  try {
    const response = await postToAgent({
      ...{ action, address, transport, connections, clock, deadlineMs, signal: either },
      headers: { "Content-Type": json, Accept: json },
      body: Buffer.from(JSON.stringify({ type: "GET_FLAGS" })),
    });
    const [status, body] = await readAnswer(response, { maxBytes: longestAnswerBytes, clock, deadlineMs });
    either.throwIfAborted();
    if (status !== 200) throw toStatusError(`${action} at ${formatAgentAddress(address)}`, status, shorten(body));
    return findFlag(name, body) ?? undefined;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    throw failed("protocol", address, error.message);
  } finally {
    timer.cancel();
    connections.destroy();
  }
}

/** Throws SyntaxError, without the text, when it is no answer to GET_FLAGS. */
function findFlag(name: string, text: string): string | null | undefined {
  const flags = parse(text)?.get_flags?.flags;
  if (!Array.isArray(flags)) throw new SyntaxError("its answer is no list of flags");
  const { value } = flags.find((flag) => flag?.name === name) ?? {};
  if (value !== undefined && value !== null && typeof value !== "string") {
    throw new SyntaxError(`its flag ${name} is not a text`);
  }
  return value;
}

function parse(text: string): { get_flags?: { flags?: unknown } } | null {
  try {
    return JSON.parse(text);
  } catch {
    // The platform's error quotes what it could not read.
    throw new SyntaxError("its answer is not JSON");
  }
}

function shorten(text: string): string {
  const words = text.replace(/\s+/g, " ").trim();
  return words.length > longestWords ? `${words.slice(0, longestWords)} …` : words;
}

function failed(code: "unreachable" | "protocol", address: AgentAddress, found: string): AgentError {
  return new AgentError(code, `Cannot ${action} at ${formatAgentAddress(address)}: ${found}`);
}
