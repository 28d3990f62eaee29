import { type OpenRequest, openContainerRequest, type RequestParts } from "../../../src/executor/container/request.ts";
import { noPolicy } from "../../../src/executor/policy/policy.ts";
import type { TaskSpec } from "../../../src/executor/task/task_spec.ts";
import { FakeEngine } from "../../fakes/fake_engine.ts";
import { RecordingLog } from "../recording_log.ts";
import { obtainFrom } from "./daemon_obtain.ts";

const named = { name: "task-t1-00", labels: { "mesos-docker.task": "t1" } };

/** A daemon with busybox, on a host whose sandbox is nowhere. */
export function createParts(
  overrides: Partial<RequestParts> = {},
): RequestParts & { engine: FakeEngine; log: RecordingLog } {
  const engine = new FakeEngine({ images: ["busybox"] });
  const findAuth = () => Promise.resolve(undefined);
  return {
    engine,
    log: new RecordingLog(),
    policy: noPolicy,
    directory: "/absent/sandbox",
    findAuth,
    obtain: obtainFrom(engine),
    ...overrides,
  } as never;
}

export async function open(spec: TaskSpec, parts: RequestParts): Promise<OpenRequest> {
  return await openContainerRequest(spec, named, parts, new AbortController());
}
