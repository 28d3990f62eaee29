import { formatExplanation } from "../executor/desk/explanation.ts";
import { readTask } from "../executor/desk/task_reader.ts";
import { loadPolicy } from "../executor/policy/load.ts";
import { openEmbeddedAgent, type TaskInit, toSandboxPath } from "../mesos/embedded/mod.ts";
import type { Variables } from "../mesos/environment.ts";
import { decodeEvent, Event_Type, encodeEvent, type TaskInfo } from "../mesos/protocol.ts";
import type { Clock } from "../runtime/clock.ts";
import type { Log } from "../runtime/log.ts";
import { chooseHostPorts, createTask, toResources } from "./embedded_run.ts";
import type { RunRequest } from "./run_request.ts";

/** What explaining takes. */
export interface ExplainOptions {
  workDir: string;
  variables: Variables;
  clock: Clock;
  log: Log;
}

/**
 * What the first instance of a request would be run as, by the same way as in production: its TaskInfo is made, sent
 * through the codec, and read under the policy of this host. Nothing is started. Throws `TaskError`.
 */
export async function explainRun(request: RunRequest, options: ExplainOptions): Promise<string> {
  const { workDir, variables, clock, log } = options;
  const [hostPorts = []] = await chooseHostPorts({ ...request, instances: 1 });
  await using agent = await openEmbeddedAgent({
    workDir,
    resources: toResources({ ...request, instances: 1 }, [hostPorts]),
    clock,
    log,
  });
  const taskId = `${request.name}.1`;
  const task = sendThrough(createTask(agent, request, { taskId, executorCommand: ["mesos-docker"], hostPorts }));
  const { executor: executorInfo } = task;
  if (!executorInfo) throw new Error("Cannot explain the task: it has no executor");
  const agentId = agent.agentInfo.id?.value ?? "";
  const owner = { agentId, frameworkId: "explain", executorId: taskId, containerId: "explain" };
  const directory = toSandboxPath(workDir, owner);
  const { MESOS_DOCKER_POLICY: path } = variables;
  const policy = await loadPolicy(path ? { path } : {});
  const { spec } = readTask(task, {
    executorInfo,
    argv: [],
    directory,
    sandbox: directory,
    policy,
    healthcheck: "off",
  });
  return formatExplanation(spec, { variables: "shown" });
}

/** As an executor would have it from its agent. */
function sendThrough(init: TaskInit): TaskInfo {
  const { launch } = decodeEvent(encodeEvent({ type: Event_Type.LAUNCH, launch: { task: init } }));
  if (!launch?.task) throw new Error("Cannot explain the task: it did not survive its own encoding");
  return launch.task;
}
