import { type Engine, EngineError } from "../../../src/docker/mod.ts";
import type { ObtainImage } from "../../../src/executor/container/image.ts";
import { TaskError } from "../../../src/executor/task/task_error.ts";

/** Has a daemon pull images, and asks nobody else: no configuration, and no folder that processes of a host share. */
export function obtainFrom(engine: Engine): ObtainImage {
  return async ({ image }, { signal, findAuth, onPull }) => {
    const auth = await findAuth(image, { from: "anywhere", signal });
    try {
      await engine.pullImage(image, {
        signal,
        ...(auth ? { auth } : {}),
        ...(onPull ? { onProgress: (progress) => onPull(image, progress) } : {}),
      });
      return image;
    } catch (cause) {
      if (!(cause instanceof EngineError)) throw cause;
      throw new TaskError("image", `Cannot get image "${image}": ${cause.message}`, { cause });
    }
  };
}
