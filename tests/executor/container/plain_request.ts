import type { Engine } from "../../../src/docker/mod.ts";
import { toContainerCreate } from "../../../src/executor/container/create_body.ts";
import { ensureImage } from "../../../src/executor/container/image.ts";
import type { OpenRequest, RequestOptions } from "../../../src/executor/container/request.ts";
import type { TaskSpec } from "../../../src/executor/task/task_spec.ts";
import { obtainFrom } from "./daemon_obtain.ts";

/** A request that asks neither a policy nor the host, whose file system takes its time however fast a test's clock is. */
export async function openPlainRequest(
  engine: Engine,
  task: { spec: TaskSpec; name: string; labels: Readonly<Record<string, string>> },
  options: RequestOptions,
): Promise<OpenRequest> {
  const { spec, name, labels } = task;
  await ensureImage(engine, spec, {
    ...options,
    findAuth: () => Promise.resolve(undefined),
    obtain: obtainFrom(engine),
  });
  const create = toContainerCreate(spec, { name, labels, binds: [], mounts: [] });
  return { create, [Symbol.asyncDispose]: async () => undefined };
}
