import { readdirSync, readFileSync } from "node:fs";
import type { Variables } from "../../src/mesos/environment.ts";
import { type Call, decodeCall } from "../../src/mesos/protocol.ts";

const folder = new URL("../mesos/recordings/", import.meta.url);

/** Scenarios in which an executor and a real agent were recorded. */
export const scenarios = ["launch", "group", "restart", "jwt"] as const;
export type Scenario = (typeof scenarios)[number];

/** A message as the recorder wrote it down: bytes in base64, enums by name, 64-bit numbers as texts. */
export type Json = string | number | boolean | { [name: string]: Json } | Json[];

/** One accepted request of the recorded executor. */
export interface RecordedCall {
  bytes: Uint8Array;
  call: Call;
}

/** What a line of calls.jsonl holds, as far as it is read here. */
interface CallLine {
  call?: string;
  status?: number;
  bytes: string;
}

/** What a real agent and a recording executor said to each other. */
export interface Recording {
  /** The environment that the executor was started with. */
  variables: Variables;
  /** Accepted calls in order; malformed, refused and failed ones left out. */
  calls: readonly RecordedCall[];
  /** Events of all streams in order. */
  events: readonly Json[];
  /** Bytes of each SUBSCRIBE's answer. */
  streams: readonly Uint8Array[];
}

/** Reads a recording. */
export function readRecording(scenario: Scenario): Recording {
  const place = new URL(`${scenario}/`, folder);
  const lines = <T>(name: string): T[] =>
    readFileSync(new URL(name, place), "utf8")
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => JSON.parse(line));
  const streams = readdirSync(place)
    .filter((name) => name.endsWith(".recordio"))
    .sort();
  return {
    variables: JSON.parse(readFileSync(new URL("env.json", place), "utf8")),
    calls: lines<CallLine>("calls.jsonl")
      .filter(({ call, status }) => call !== undefined && (status === 200 || status === 202))
      .map((line) => ({ bytes: fromBase64(line.bytes), call: decodeCall(fromBase64(line.bytes)) })),
    events: lines("events.jsonl"),
    streams: streams.map((name) => new Uint8Array(readFileSync(new URL(name, place)))),
  };
}

/** Bytes of a base64 text, as recordings write `bytes` fields. */
export function fromBase64(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text, "base64"));
}
