import { type Engine, EngineError } from "../docker/mod.ts";
import { TaskError } from "./task_error.ts";
import type { TaskSpec } from "./task_spec.ts";

/** Makes sure that the daemon has the task's image; throws {@link TaskError} `image` with the daemon's own words. */
export async function ensureImage(engine: Engine, spec: TaskSpec, options: { signal: AbortSignal }): Promise<void> {
  if (spec.pull === "missing" && (await engine.inspectImage(spec.image, options))) return;
  try {
    await engine.pullImage(spec.image, options);
  } catch (cause) {
    if (!(cause instanceof EngineError)) throw cause;
    throw new TaskError("image", `Cannot get image "${spec.image}": ${cause.message}`, { cause });
  }
}
