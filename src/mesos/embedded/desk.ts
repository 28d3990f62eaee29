import { type Call, Call_Type } from "../protocol.ts";
import { formatUuid } from "../uuid.ts";
import type { ServingStage } from "./agent_stage.ts";
import { answer } from "./http/answer.ts";
import { EventStream } from "./http/event_stream.ts";
import type { CallTaker, Taken } from "./http/front_door.ts";
import type { ExecutorApi, Found } from "./http/surface.ts";
import { authenticate } from "./http/token.ts";
import type { AgentSettings } from "./options.ts";
import { takeStatus } from "./statuses/updates.ts";
import type { AgentCore } from "./work/core.ts";
import { destroy } from "./work/ending.ts";
import type { ExecutorRecord } from "./work/records.ts";
import { findDeadlyUuid, subscribe } from "./work/subscription.ts";

/** What the HTTP surface asks, and gives its calls to. */
export interface Desk {
  api: ExecutorApi<ExecutorRecord>;
  take: CallTaker<ExecutorRecord>;
}

const accepted: Taken = { kind: "answer", answer: answer(202) };

/** Serves the executors of an agent; as long as `getCore` gives none, its routes are not there yet. */
export function createDesk(getCore: () => AgentCore | undefined): Desk {
  const api: ExecutorApi<ExecutorRecord> = {
    get stage() {
      return toServingStage(getCore());
    },
    get flags() {
      return toFlags(getCore()?.settings);
    },
    authenticate(authorization) {
      const secret = getCore()?.secret;
      return secret ? authenticate(authorization, secret) : { kind: "anonymous" };
    },
    find: (frameworkId, executorId) => find(getCore(), frameworkId, executorId),
  };
  const take: CallTaker<ExecutorRecord> = ({ call, executor }, response) => {
    const core = getCore();
    if (!core) return { kind: "cut" };
    if (call.subscribe && call.type === Call_Type.SUBSCRIBE) {
      return takeSubscription(core, executor, call.subscribe, () => {
        const { clock, heartbeatIntervalMs } = core.settings;
        return new EventStream(response, { clock, heartbeatIntervalMs });
      });
    }
    if (call.update?.status && call.type === Call_Type.UPDATE) takeStatus(core, executor, call.update.status);
    if (call.message && call.type === Call_Type.MESSAGE) takeMessage(core, executor, call.message.data);
    return accepted;
  };
  return { api, take };
}

function toServingStage(core: AgentCore | undefined): ServingStage {
  return core === undefined || core.stage === "down" ? "starting" : core.stage;
}

/** What an agent says of its flags, as far as this one has them; files are told by their content. */
function toFlags(settings: AgentSettings | undefined): Map<string, string> {
  const flags = new Map<string, string>();
  if (settings?.dockerConfig) flags.set("docker_config", JSON.stringify(settings.dockerConfig));
  if (settings) flags.set("work_dir", settings.workDir);
  return flags;
}

function find(core: AgentCore | undefined, frameworkId: string, executorId: string): Found<ExecutorRecord> {
  const framework = core?.frameworks.get(frameworkId);
  if (!framework) return { kind: "no framework" };
  const executor = framework.executors.get(executorId);
  if (!executor) return { kind: "no executor" };
  const { containerId, state } = executor;
  return { kind: "executor", executor, containerId, isSubscribed: state !== "registering" };
}

function takeSubscription(
  core: AgentCore,
  executor: ExecutorRecord,
  call: NonNullable<Call["subscribe"]>,
  openStream: () => EventStream,
): Taken {
  const deadly = findDeadlyUuid(call);
  if (!deadly) {
    subscribe(core, executor, call, openStream());
    return { kind: "stream" };
  }
  // Real agents end here, and again at each restart: what the executor sees is a cut connection.
  const message = `Unacknowledged update with uuid ${formatUuid(deadly)}, which would end an agent's process`;
  core.reports.push({ kind: "violation", frameworkId: executor.framework.id, executorId: executor.id, message });
  core.settings.log.error("executor destroyed", { executorId: executor.id, reason: message });
  destroy(executor);
  return { kind: "cut" };
}

function takeMessage(core: AgentCore, executor: ExecutorRecord, data: Uint8Array): void {
  core.reports.push({ kind: "message", frameworkId: executor.framework.id, executorId: executor.id, data });
}
