import * as v from "valibot";
import { messageOf } from "../../notation/thrown.ts";
import type { PullOverview } from "../container/pull_progress.ts";
import type { ResourceStatistics } from "../statistics/resource_statistics.ts";
import { type ControlMessage, type ControlReply, controlSchema, controlVersion } from "./control_schema.ts";

/** A task, as a framework is told of it. */
export interface TaskOverview {
  task: string;
  /** See `TaskPhase`. */
  phase: string;
  containerId?: string;
}

/** What can be asked of an executor; each call throws, or rejects with, what stands in the way. */
export interface ControlPort {
  listTasks(): TaskOverview[];
  /** Sends a signal to a task's container. */
  signalTask(taskId: string, name: string): Promise<void>;
  /** What a task uses now. */
  measureTask(taskId: string): ResourceStatistics;
  /** How far the pull of a task's image is, or was when it ended. */
  followPull(taskId: string): { phase: string; image: string; layers: PullOverview["layers"][number][] };
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

async function findAnswer(data: Uint8Array, port: ControlPort): Promise<{ reply: ControlReply } | { error: string }> {
  try {
    return { reply: await findReply(readMessage(data), port) };
  } catch (error) {
    return { error: messageOf(error) };
  }
}

function readMessage(data: Uint8Array): ControlMessage {
  try {
    return v.parse(controlSchema, JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(data)));
  } catch (cause) {
    const found = cause instanceof v.ValiError ? cause.message : "it is no JSON in UTF-8";
    throw new Error(`Cannot read the message: ${found}`, { cause });
  }
}

async function findReply(message: ControlMessage, port: ControlPort): Promise<ControlReply> {
  if ("tasks" in message) return { tasks: port.listTasks() };
  if ("stats" in message) {
    const { task } = message.stats;
    return { stats: { task, statistics: { ...port.measureTask(task) } } };
  }
  if ("pull" in message) {
    const { task } = message.pull;
    return { pull: { task, ...port.followPull(task) } };
  }
  const { task, name } = message.signal;
  await port.signalTask(task, name);
  return { signal: { task, name } };
}
