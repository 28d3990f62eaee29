import { type Call, Call_Type } from "../../protocol.ts";
import type { ServingStage } from "../agent_stage.ts";
import { findCallFault } from "../rules/call_rules.ts";
import { type Answer, answer, methodNotAllowed } from "./answer.ts";
import { isAccepted, json, protobuf } from "./media_types.ts";
import { answerOperator, type OperatorApi } from "./operator_surface.ts";
import { parseCall } from "./parse_call.ts";
import { type Authentication, findClaimFault } from "./token.ts";

/** A request as it came in, its body complete. */
export interface ApiRequest {
  transport: "tcp" | "unix";
  method: string;
  /** Path and query. */
  target: string;
  /** Lower-case names. */
  headers: Readonly<Record<string, string | undefined>>;
  body: Uint8Array;
}

/** What the surface asks the agent about. `E` is what the agent keeps of an executor. */
export interface ExecutorApi<E> extends OperatorApi {
  authenticate(authorization: string | undefined): Authentication;
  find(frameworkId: string, executorId: string): Found<E>;
}

/** An executor of the agent, or which part of the address is wrong. */
export type Found<E> =
  | { kind: "executor"; executor: E; containerId: string; isSubscribed: boolean }
  | { kind: "no framework" }
  | { kind: "no executor" };

/** What to do with a request: answer it, or let the agent take its call. */
export type Verdict<E> = { kind: "answer"; answer: Answer; call?: Call } | { kind: "call"; call: Call; executor: E };

const accepted = answer(202);
const recovering = answer(503, "Agent has not finished recovery");

/** Judges a request in exactly the agent's order (contract A.4): which fault is told depends on it. */
export function judge<E>(request: ApiRequest, api: ExecutorApi<E>): Verdict<E> {
  const route = findRoute(request, api.stage);
  if (typeof route !== "string") return reply(route);
  if (route === "operator") return reply(answerOperator(request, api));
  const sender = api.authenticate(request.headers.authorization);
  if (sender.kind === "unknown") return reply(answer(401, "", { "WWW-Authenticate": sender.challenge }));
  if (api.stage === "recovering") return reply(recovering);
  if (request.method !== "POST") return reply(methodNotAllowed(request.method));
  const parsed = parseBody(request);
  if ("status" in parsed) return reply(parsed);
  const fault = findCallFault(parsed);
  if (fault) return reply(answer(400, `Failed to validate Executor::Call: ${fault}`), parsed);
  const early = answerEarly(parsed, request.headers.accept, api.stage);
  if (early) return reply(early, parsed);
  return judgeSender(parsed, sender, api);
}

function reply<E>(given: Answer, call?: Call): Verdict<E> {
  return call ? { kind: "answer", answer: given, call } : { kind: "answer", answer: given };
}

/** The domain socket serves the process' own paths alone, TCP the delegated ones too (contract A.3). */
function findRoute(request: ApiRequest, stage: ServingStage): "executor" | "operator" | Answer {
  const path = decodePath(request.target.split("?")[0] ?? "");
  const [whole, own, executor] = /^(\/slave\(1\))?\/api\/v1(\/executor)?$/.exec(path) ?? [];
  if (request.transport === "unix" && own === undefined) return answer(403);
  if (stage === "starting" || whole === undefined) return answer(404);
  return executor === undefined ? "operator" : "executor";
}

function parseBody(request: ApiRequest): Call | Answer {
  const type = request.headers["content-type"];
  if (type === undefined) return answer(400, "Expecting 'Content-Type' to be present");
  if (type === json) {
    return answer(415, `Expecting 'Content-Type' of ${protobuf}: this embedded agent does not speak ${json}`);
  }
  if (type !== protobuf) return answer(415, `Expecting 'Content-Type' of ${json} or ${protobuf}`);
  return parseCall(request.body) ?? answer(400, "Failed to parse body into Call protobuf");
}

/** Rows 8 to 10: what is decided by the call alone. */
function answerEarly(call: Call, accept: string | undefined, stage: ServingStage): Answer | undefined {
  if (call.type === Call_Type.SUBSCRIBE) return refuseAccept(accept);
  if (call.type === Call_Type.HEARTBEAT) return accepted;
  return stage === "reconnecting" ? recovering : undefined;
}

/** A Mesos agent prefers JSON wherever it is permitted; to send protobuf then would hide the client's mistake. */
function refuseAccept(accept: string | undefined): Answer | undefined {
  if (isAccepted(accept, json)) {
    return answer(
      406,
      `Expecting 'Accept' of exactly '${protobuf}': an agent would send ${json} here, this one cannot`,
    );
  }
  if (isAccepted(accept, protobuf)) return undefined;
  return answer(406, `Expecting 'Accept' to allow '${protobuf}' or '${json}'`);
}

/** Rows 11 to 14: who sends it. */
function judgeSender<E>(call: Call, sender: Authentication, api: ExecutorApi<E>): Verdict<E> {
  const fid = call.frameworkId?.value ?? "";
  const eid = call.executorId?.value ?? "";
  const found = api.find(fid, eid);
  if (found.kind === "no framework") return reply(answer(400, "Framework cannot be found"), call);
  if (found.kind === "no executor") return reply(answer(400, "Executor cannot be found"), call);
  const fault = sender.kind === "known" && findClaimFault(sender.claims, { fid, eid, cid: found.containerId });
  if (fault) return reply(answer(403, fault), call);
  if (call.type === Call_Type.SUBSCRIBE) return { kind: "call", call, executor: found.executor };
  if (!found.isSubscribed) return reply(answer(403, "Executor is not subscribed"), call);
  if (call.type === Call_Type.UNKNOWN) return reply(answer(501), call);
  return { kind: "call", call, executor: found.executor };
}

/** libprocess decodes paths; one that cannot be decoded names nothing that is served. */
function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return "";
  }
}
