import { Buffer } from "node:buffer";
import { readFileSync } from "node:fs";
import { decodeEvent, type Event } from "../../../src/mesos/protocol.ts";
import { RecordDecoder } from "../../../src/mesos/recordio.ts";

const folder = new URL("../recordings/", import.meta.url);

/** One line of a calls.jsonl. */
export interface RecordedCall {
  probe?: string;
  call?: string;
  bytes?: string;
  status?: number;
  headers?: Record<string, string>;
  body?: string;
  error?: string;
  streamError?: string;
}

/** What the recorded executor was started with. */
export function readEnvironment(scenario: string): Record<string, string> {
  return JSON.parse(read(scenario, "env.json"));
}

/** Every request of the recorded executor, in order. */
export function readCalls(scenario: string): RecordedCall[] {
  return readLines(scenario, "calls.jsonl") as RecordedCall[];
}

/** The statuses that the scheduler saw, in v1 JSON. */
export function readSchedulerStatuses(scenario: string): Record<string, unknown>[] {
  const events = readLines(scenario, "sched-events.jsonl") as { type: string; update?: { status: object } }[];
  return events.flatMap(({ update }) => (update ? [update.status as Record<string, unknown>] : []));
}

/** The events of the n-th SUBSCRIBE as a real agent sent them. */
export function readEvents(scenario: string, subscribe: number): Event[] {
  const bytes = readFileSync(new URL(`${scenario}/events-${subscribe}.recordio`, folder));
  return [...new RecordDecoder().push(bytes)].map((record) => decodeEvent(Uint8Array.from(record)));
}

/** The bytes of a recorded call. */
export function toBytes(call: RecordedCall): Uint8Array {
  return Buffer.from(call.bytes ?? "", "base64");
}

function readLines(scenario: string, file: string): unknown[] {
  return read(scenario, file)
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line));
}

function read(scenario: string, file: string): string {
  return readFileSync(new URL(`${scenario}/${file}`, folder), "utf8");
}
