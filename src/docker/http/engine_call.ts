import { EngineError } from "../engine_error.ts";
import { type CallSubject, cannot } from "./call_guard.ts";
import type { WireBody, WireRequest } from "./transport.ts";

/** One call of the Engine API. */
export interface EngineCall extends CallSubject {
  readonly method: WireRequest["method"];
  /** Below the version. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: CallBody;
  /** An API version that the call cannot do without, and what for. */
  readonly needs?: { readonly apiVersion: string; readonly what: string };
  /** What of the call depends on the API version that is spoken; throws EngineError when that cannot say it. */
  readonly fit?: (apiVersion: string) => Pick<EngineCall, "query" | "body">;
  /** Statuses that are no errors, beside 101 and 2xx. */
  readonly accept?: readonly number[];
  /** For the whole call; those that stream stop or restart it at the guard of their exchange. */
  readonly deadlineMs: number;
}

/** What a call sends: data that comes in chunks is streamed. */
export type CallBody =
  | Exclude<WireBody, { kind: "stream" }>
  | { readonly kind: "chunks"; readonly chunks: AsyncIterable<Uint8Array> };

/** A call about one container or image: `operation` is the last part of its path, where it has one. */
export type CallAbout = Pick<EngineCall, "method" | "deadlineMs"> & Partial<EngineCall> & { operation?: string };

/** A call about one container, by its id or name. */
export function containerCall(action: string, container: string, about: CallAbout): EngineCall {
  return callAbout({ action, subject: container }, "/containers", about);
}

/** A call about one image. Slashes stay: the daemon takes the whole rest of the path as the image's name. */
export function imageCall(action: string, image: string, about: CallAbout): EngineCall {
  return callAbout({ action, subject: image }, "/images", about);
}

function callAbout(call: CallSubject, folder: string, about: CallAbout): EngineCall {
  requireName(call);
  const { operation, ...rest } = about;
  const name = call.subject.split("/").map(encodeURIComponent).join("/");
  const path = operation === undefined ? `${folder}/${name}` : `${folder}/${name}/${operation}`;
  return { ...call, path, ...rest };
}

/** Names come from tasks: one that is empty, or that leaves its folder, would address another call. */
export function requireName(call: CallSubject): void {
  const parts = call.subject.split("/");
  if (parts.every((part) => part !== "" && part !== "." && part !== "..")) return;
  throw new EngineError("invalid", `${cannot(call)}: this is no name`);
}
