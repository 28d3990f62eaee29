import { EngineError } from "../../docker/mod.ts";
import type { EngineFault } from "./report.ts";
import { TaskError, type TaskErrorCode } from "./task_error.ts";

/** What an error means for a task; `fallback` is the kind of one that is the daemon's. Others are ours, and thrown on. */
export function toFault(error: unknown, fallback: TaskErrorCode): EngineFault {
  if (error instanceof TaskError) return { code: error.code, message: error.message };
  if (error instanceof EngineError) return { code: fallback, message: error.message };
  throw error;
}
