import type { AgentInfo, Resource } from "../protocol.ts";
import type { AgentStage } from "./agent_stage.ts";
import type { EmbeddedEndpoint } from "./endpoint.ts";
import type { ExecutorInit, FrameworkInit, KillPolicyInit, TaskInit } from "./messages.ts";
import type { AllocationRequest } from "./offers/ledger.ts";
import type { AgentReport } from "./reports.ts";
import type { Withheld } from "./statuses/acknowledgements.ts";

/**
 * One Mesos agent, with what its master does for it, inside of this process. Methods throw `EmbeddedAgentError` with
 * the code that stands beside them. Leaving its scope shuts every executor down (SHUTDOWN, grace, kill) and closes it.
 */
export interface EmbeddedAgent extends AsyncDisposable {
  readonly agentInfo: AgentInfo;
  readonly endpoint: EmbeddedEndpoint;
  /** `running`, unless it is made to restart. */
  readonly stage: AgentStage;

  /** Makes a framework known and gives its id. `invalid` */
  registerFramework(info: FrameworkInit): string;

  /**
   * An offer cut to size, for one task or executor. Used by launching with it, and free again with the task's terminal
   * update or the executor's end. `resources` `ports`
   */
  allocate(request: AllocationRequest): Resource[];
  /** Gives back what will not be launched with. `resources` `ports` */
  decline(resources: readonly Resource[]): void;

  /**
   * Starts the task's executor when it does not run, and hands it the task. What is left out of `agent_id` and of the
   * executor's `framework_id` is filled in. `invalid` `unsupported` `resources` `ports` `unknown` `away`
   */
  launch(frameworkId: string, task: TaskInit): void;
  /** The same for tasks that are delivered together; their own `executor` may be left out. */
  launchGroup(frameworkId: string, executor: ExecutorInit, tasks: readonly TaskInit[]): void;
  /** Kills a task; the policy overrides its own. No effect on ended tasks. `unknown` `away` */
  kill(frameworkId: string, taskId: string, killPolicy?: KillPolicyInit): void;
  /** SHUTDOWN, and after the grace the kill. `unknown` `away` */
  shutdownExecutor(frameworkId: string, executorId: string): void;
  /** Sends data to an executor; lost when it is not subscribed. `unknown` `away` */
  message(frameworkId: string, executorId: string, data: Uint8Array): void;

  /** What happens from now on, in order. Every reader sees all of it; the agent's end ends it. */
  updates(options?: { signal?: AbortSignal }): AsyncIterableIterator<AgentReport>;

  /** For tests: keeps acknowledgements back, all of them or those of some statuses. */
  withholdAcknowledgements(isWithheld?: Withheld): void;
  /** For tests: sends what was kept back, in order, and keeps nothing more. */
  releaseAcknowledgements(): void;
  /**
   * For tests: takes the agent to a stage of its restart, through all that lie between. `down` refuses connections,
   * `starting` answers 404, `recovering` 503, `reconnecting` takes SUBSCRIBE alone and becomes `running` after the
   * re-registration timeout. One call at a time. `address` `away`
   */
  setStage(stage: AgentStage): Promise<void>;
  /** For tests: a whole restart; resolves when executors may subscribe again. `address` `away` */
  restart(durations?: { downMs?: number; startingMs?: number; recoveringMs?: number }): Promise<void>;
}
