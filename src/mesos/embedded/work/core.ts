import type { AgentInfo } from "../../protocol.ts";
import type { AgentStage } from "../agent_stage.ts";
import { EmbeddedAgentError } from "../embedded_error.ts";
import type { EmbeddedEndpoint } from "../endpoint.ts";
import type { Ledger } from "../offers/ledger.ts";
import type { AgentSettings } from "../options.ts";
import type { ReportChannel } from "../reports.ts";
import type { Acknowledgements } from "../statuses/acknowledgements.ts";
import type { Lanes } from "../statuses/lanes.ts";
import type { ExecutorRecord, FrameworkRecord, TaskRecord } from "./records.ts";

/** The state of one embedded agent, which the functions of this folder work on. */
export interface AgentCore {
  readonly settings: AgentSettings;
  readonly endpoint: EmbeddedEndpoint;
  readonly agentInfo: AgentInfo;
  readonly ledger: Ledger;
  readonly reports: ReportChannel;
  readonly lanes: Lanes;
  readonly acknowledgements: Acknowledgements;
  /** Signs executors' tokens; absent when they need none. */
  readonly secret?: Uint8Array;
  readonly frameworks: Map<string, FrameworkRecord>;
  /** Lives of executors under way; none of them rejects. */
  readonly lives: Set<Promise<void>>;
  /** Ends of executors that the agent learns of when it has recovered. */
  readonly unseenEnds: (() => void)[];
  stage: AgentStage;
  /** Set once, when the agent begins to close. */
  isClosing: boolean;
}

/** The framework of this id; throws `unknown`. */
export function findFramework(core: AgentCore, frameworkId: string): FrameworkRecord {
  const framework = core.frameworks.get(frameworkId);
  if (framework) return framework;
  throw new EmbeddedAgentError("unknown", `Cannot find framework "${frameworkId}"`);
}

/** The executor of this id that has not ended; throws `unknown`. */
export function findExecutor(core: AgentCore, frameworkId: string, executorId: string): ExecutorRecord {
  const executor = findFramework(core, frameworkId).executors.get(executorId);
  if (executor) return executor;
  throw new EmbeddedAgentError("unknown", `Cannot find executor "${executorId}" of framework "${frameworkId}"`);
}

/** The task of this id, over or not; throws `unknown`. */
export function findTask(core: AgentCore, frameworkId: string, taskId: string): TaskRecord {
  const task = findFramework(core, frameworkId).tasks.get(taskId);
  if (task) return task;
  throw new EmbeddedAgentError("unknown", `Cannot find task "${taskId}" of framework "${frameworkId}"`);
}

/** Throws `away` unless the agent runs: a master would have nobody to hand the request to. */
export function checkRunning(core: AgentCore, action: string): void {
  if (core.stage === "running" && !core.isClosing) return;
  const found = core.isClosing ? "closing" : core.stage;
  throw new EmbeddedAgentError("away", `Cannot ${action}: the agent is ${found}`);
}

/** Every executor that has not ended. */
export function allExecutors(core: AgentCore): ExecutorRecord[] {
  return [...core.frameworks.values()].flatMap((framework) => [...framework.executors.values()]);
}
