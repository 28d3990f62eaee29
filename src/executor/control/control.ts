import * as v from "valibot";
import { controlSchema, controlVersion } from "./control_schema.ts";

/** A task, as a framework is told of it. */
export interface TaskOverview {
  task: string;
  /** See `TaskPhase`. */
  phase: string;
  containerId?: string;
}

/** What can be asked of an executor. */
export interface ControlPort {
  listTasks(): TaskOverview[];
  /** Sends a signal to a task's container; rejects with what stands in the way. */
  signalTask(taskId: string, name: string): Promise<void>;
}

/**
 * Does what a framework's MESSAGE asks for, and gives the bytes of the answer, which goes to the scheduler as a MESSAGE: JSON
 * in UTF-8 with `reply`, or with `error` for a message that nobody understands or that cannot be done. Both repeat the
 * version. Never rejects.
 *
 * @example {"mesosDocker": 1, "signal": {"task": "web.1", "name": "SIGHUP"}}
 */
export async function answerMessage(data: Uint8Array, port: ControlPort): Promise<Uint8Array> {
  const answer = await findAnswer(data, port);
  return new TextEncoder().encode(JSON.stringify({ mesosDocker: controlVersion, ...answer }));
}

async function findAnswer(data: Uint8Array, port: ControlPort): Promise<{ reply: unknown } | { error: string }> {
  try {
    const message = v.parse(controlSchema, JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(data)));
    if ("tasks" in message) return { reply: { tasks: port.listTasks() } };
    const { task, name } = message.signal;
    await port.signalTask(task, name);
    return { reply: { signal: { task, name } } };
  } catch (error) {
    return { error: describe(error) };
  }
}

function describe(error: unknown): string {
  if (error instanceof SyntaxError || error instanceof TypeError)
    return "Cannot read the message: it is no JSON in UTF-8";
  if (error instanceof v.ValiError) return `Cannot read the message: ${error.message}`;
  return error instanceof Error ? error.message : String(error);
}
