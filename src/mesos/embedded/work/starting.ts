import { randomUUID } from "node:crypto";
import { formatDuration } from "../../../notation/duration.ts";
import { messageOf } from "../../../notation/thrown.ts";
import { type CommandInfo, type ExecutorInfo, TaskState, TaskStatus_Reason } from "../../protocol.ts";
import type { Container } from "../container/containerizer.ts";
import { toLaunchEnvironment } from "../container/launch_environment.ts";
import { createSandbox, toSandboxPath } from "../container/sandbox.ts";
import { findUser } from "../container/users.ts";
import { signToken } from "../http/token.ts";
import type { AgentCore } from "./core.ts";
import { destroy, end, graceOf } from "./ending.ts";
import type { ExecutorRecord, FrameworkRecord } from "./records.ts";

/** Starts an executor in the background; tasks wait in its queue meanwhile. */
export function startExecutor(core: AgentCore, framework: FrameworkRecord, info: ExecutorInfo): ExecutorRecord {
  const id = info.executorId?.value ?? "";
  const containerId = randomUUID();
  const agentId = core.agentInfo.id?.value ?? "";
  const owner = { agentId, frameworkId: framework.id, executorId: id, containerId };
  const executor: ExecutorRecord = {
    ...{ id, info, framework, containerId },
    sandbox: toSandboxPath(core.settings.workDir, owner),
    launching: new AbortController(),
    state: "registering",
    queue: [],
    hasReceived: false,
  };
  framework.executors.set(id, executor);
  const life = live(core, executor).finally(() => core.lives.delete(life));
  core.lives.add(life);
  return executor;
}

/** From the sandbox to the end of the process; never rejects. */
async function live(core: AgentCore, executor: ExecutorRecord): Promise<void> {
  try {
    executor.container = await launch(core, executor);
  } catch (error) {
    const message = `Failed to launch container: ${messageOf(error)}`;
    executor.termination ??= {
      state: TaskState.TASK_FAILED,
      reason: TaskStatus_Reason.CONTAINER_LAUNCH_FAILED,
      message,
    };
    return end(core, executor, { exit: { kind: "not started", message } });
  }
  armRegistration(core, executor);
  end(core, executor, { exit: await executor.container.exited });
}

async function launch(core: AgentCore, executor: ExecutorRecord): Promise<Container> {
  const { settings } = core;
  const { info, framework, sandbox, containerId } = executor;
  const { signal } = executor.launching;
  const command = requireCommand(info);
  const user = await findUser(command.user || framework.info.user);
  await createSandbox(sandbox, user ? { user } : {});
  signal.throwIfAborted();
  const environment = toLaunchEnvironment(toFacts(core, executor), command, { operator: settings.executorEnvironment });
  const spec = { containerId, command, environment, sandbox, ...(user ? { user } : {}) };
  const container = await settings.containerizer.launch(spec, { signal });
  // Destroyed in the very moment of the start: the launch has won, so the container has to go now.
  if (signal.aborted) container.destroy();
  return container;
}

function toFacts(core: AgentCore, executor: ExecutorRecord): Parameters<typeof toLaunchEnvironment>[0] {
  const { settings, endpoint, secret } = core;
  const { id, framework, sandbox, containerId } = executor;
  return {
    frameworkId: framework.id,
    executorId: id,
    agentId: core.agentInfo.id?.value ?? "",
    ...endpoint,
    sandbox,
    checkpoint: framework.info.checkpoint,
    shutdownGraceMs: graceOf(core, executor),
    recoveryTimeoutMs: settings.recoveryTimeoutMs,
    subscriptionBackoffMaxMs: settings.reregistrationTimeoutMs,
    ...(secret ? { token: signToken({ fid: framework.id, eid: id, cid: containerId }, secret) } : {}),
  };
}

/** From the fork to the first SUBSCRIBE an executor has a limited time (contract A.10). */
function armRegistration(core: AgentCore, executor: ExecutorRecord): void {
  if (executor.state !== "registering" || core.stage !== "running") return;
  const { clock, registrationTimeoutMs } = core.settings;
  executor.registration = clock.schedule(registrationTimeoutMs, () =>
    destroy(executor, {
      state: TaskState.TASK_FAILED,
      reason: TaskStatus_Reason.EXECUTOR_REGISTRATION_TIMEOUT,
      message: `Executor did not register within ${formatDuration(registrationTimeoutMs)}`,
    }),
  );
}

/** Executors without a command are refused before they get here. */
function requireCommand(info: ExecutorInfo): CommandInfo {
  if (info.command) return info.command;
  throw new TypeError(`Cannot start executor "${info.executorId?.value}": it has no command`);
}
