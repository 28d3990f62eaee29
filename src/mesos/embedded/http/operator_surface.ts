import type { ServingStage } from "../agent_stage.ts";
import { type Answer, answer, methodNotAllowed } from "./answer.ts";
import { isAccepted, json, protobuf, recordio } from "./media_types.ts";

/** What of a request counts. */
export interface OperatorRequest {
  readonly method: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: Uint8Array;
}

/** What the operator API asks the agent about. */
export interface OperatorApi {
  readonly stage: ServingStage;
  /** The agent's flags by their names, as GET_FLAGS tells them. */
  readonly flags: ReadonlyMap<string, string>;
}

const all = `${json} or ${protobuf} or ${recordio}`;
const alone = `this embedded agent speaks ${json} alone`;

/**
 * Answers a call of the operator API in the agent's order (`Http::api` of its src/slave/http.cpp): of all calls, GET_FLAGS. Nobody has
 * to say who he is, as with an agent without `--authenticate_http_readwrite`.
 */
export function answerOperator(request: OperatorRequest, { stage, flags }: OperatorApi): Answer {
  if (stage !== "running") return answer(503, "Agent has not finished recovery");
  if (request.method !== "POST") return methodNotAllowed(request.method);
  const refusal = refuseContentType(request.headers["content-type"]) ?? refuseAccept(request.headers.accept);
  if (refusal) return refusal;
  const type = parseType(request.body);
  if (typeof type !== "string") return type;
  if (type !== "GET_FLAGS") return answer(501, `This embedded agent answers GET_FLAGS alone, found ${type}`);
  const told = [...flags].map(([name, value]) => ({ name, value }));
  return answer(200, JSON.stringify({ type, get_flags: { flags: told } }), { "Content-Type": json });
}

function refuseContentType(type: string | undefined): Answer | undefined {
  if (type === undefined) return answer(400, "Expecting 'Content-Type' to be present");
  if (type === json) return undefined;
  const expected = [protobuf, recordio].includes(type) ? `${json}: ${alone}` : all;
  return answer(415, `Expecting 'Content-Type' of ${expected}`);
}

function refuseAccept(accept: string | undefined): Answer | undefined {
  if (isAccepted(accept, json)) return undefined;
  const isOther = [protobuf, recordio].some((type) => isAccepted(accept, type));
  return answer(406, `Expecting 'Accept' to allow ${isOther ? `${json}: ${alone}` : all}`);
}

/** The call's type, or what an agent answers to a body without. */
function parseType(body: Uint8Array): string | Answer {
  let call: unknown;
  try {
    call = JSON.parse(new TextDecoder().decode(body));
  } catch (error) {
    return answer(400, `Failed to parse body into JSON: ${(error as Error).message}`);
  }
  if (typeof call !== "object" || call === null || Array.isArray(call)) return answer(400, "Expecting a JSON object");
  const { type } = call as { type?: unknown };
  if (typeof type === "string") return type;
  return answer(400, "Failed to validate agent::Call: Expecting 'type' to be present");
}
