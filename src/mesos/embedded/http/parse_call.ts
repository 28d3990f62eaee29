import { type Call, decodeCall, encodeCall } from "../../protocol.ts";
import { fieldsOf, toTask } from "../messages.ts";

/**
 * The call in a body, or undefined where libprotobuf would not parse it: for bytes that are no protobuf, and for a
 * message that lacks a required field, which our decoder takes and our encoder refuses (contract A.8).
 */
export function parseCall(body: Uint8Array): Call | undefined {
  try {
    const call = decodeCall(body);
    encodeCall(call);
    // A task that was read is written as it came: only its fields, by themselves, are looked at.
    for (const task of call.subscribe?.unacknowledgedTasks ?? []) toTask(fieldsOf(task));
    return call;
  } catch {
    // The agent's answer is the same whatever the fault is.
    return undefined;
  }
}
