import { create } from "@bufbuild/protobuf";
import { ExecutorInfoSchema, FrameworkInfoSchema, KillPolicySchema } from "../../proto/slim/mesos/v1/mesos_pb.ts";
import type { AgentPort } from "../../src/executor/loop.ts";
import { AgentError } from "../../src/mesos/agent_error.ts";
import type { AgentInput } from "../../src/mesos/agent_input.ts";
import type { StatusReport } from "../../src/mesos/executor_connection.ts";
import { ContainerInfo_Type, FrameworkInfo_Capability_Type, Image_Type } from "../../src/mesos/protocol.ts";
import type { SentStatus } from "../../src/mesos/unacknowledged.ts";
import { PushStream } from "../fakes/push_stream.ts";
import { stateOf } from "./step_words.ts";
import { createTask, type TaskInit } from "./task_specimen.ts";

/** An agent as the loop sees it: a test speaks for it. */
export class FakeAgentPort implements AgentPort {
  readonly updates: { taskId: string; report: StatusReport }[] = [];
  /** Messages to the scheduler, as JSON. */
  readonly messages: unknown[] = [];
  /** Whether every update is acknowledged as it comes, or when the test says so. */
  manner: "acknowledges" | "waits" = "acknowledges";
  isListenedTo = false;
  readonly #inputs = new PushStream<AgentInput>();
  #unacknowledged: SentStatus[] = [];

  get isSettled(): boolean {
    return this.#unacknowledged.length === 0;
  }

  update(taskId: string, report: StatusReport): void {
    this.updates.push({ taskId, report });
    this.#unacknowledged.push({ taskId, uuid: new Uint8Array(16), status: report });
    if (this.manner === "acknowledges") this.acknowledge();
  }

  message(data: Uint8Array): void {
    this.messages.push(JSON.parse(new TextDecoder().decode(data)));
  }

  async *inputs(options: { signal: AbortSignal }): AsyncGenerator<AgentInput, void, undefined> {
    this.isListenedTo = true;
    options.signal.addEventListener("abort", () => this.#inputs.end(), { once: true });
    yield* this.#inputs;
    this.isListenedTo = false;
  }

  /** States that were reported of a task, without `TASK_`. */
  statesOf(taskId: string): string[] {
    return this.updates
      .filter((update) => update.taskId === taskId)
      .map(({ report }) => stateOf(report).replace("TASK_", ""));
  }

  /** What was reported last of a task. */
  lastOf(taskId: string): StatusReport {
    const last = this.updates.findLast((update) => update.taskId === taskId);
    if (!last) throw new Error(`Cannot tell the last update of task "${taskId}": there was none`);
    return last.report;
  }

  tell(input: AgentInput): void {
    this.#inputs.push(input);
  }

  /** Acknowledges the oldest update, and all others of this moment. */
  acknowledge(): void {
    const acknowledged = this.#unacknowledged;
    this.#unacknowledged = [];
    for (const sent of acknowledged) this.tell({ kind: "acknowledged", taskId: sent.taskId, sent });
  }

  /** A framework that knows TASK_KILLING. */
  subscribe(): void {
    const capabilities = [{ type: FrameworkInfo_Capability_Type.TASK_KILLING_STATE }];
    this.tell({
      kind: "subscribed",
      executorInfo: create(ExecutorInfoSchema, { executorId: { value: "e1" } }),
      frameworkInfo: create(FrameworkInfoSchema, { user: "root", name: "f", capabilities }),
      containerId: "mesos-container",
    });
  }

  launch(taskId: string, init: TaskInit = {}): void {
    const container = { docker: { image: "busybox" } };
    this.tell({ kind: "launch", taskId, task: createTask({ taskId: { value: taskId }, container, ...init }) });
  }

  /** Tasks by their ids, of type MESOS. */
  launchGroup(tasks: Readonly<Record<string, TaskInit>>): void {
    const image = { type: Image_Type.DOCKER, docker: { name: "busybox" }, cached: true };
    const container = { type: ContainerInfo_Type.MESOS, mesos: { image }, networkInfos: [{ name: "web" }] };
    const toTask = ([value, init]: [string, TaskInit]) => createTask({ taskId: { value }, container, ...init });
    this.tell({ kind: "launch_group", tasks: Object.entries(tasks).map(toTask) });
  }

  kill(taskId: string, graceMs?: number): void {
    const killPolicy =
      graceMs === undefined
        ? undefined
        : create(KillPolicySchema, { gracePeriod: { nanoseconds: BigInt(graceMs) * 1_000_000n } });
    this.tell({ kind: "kill", taskId, ...(killPolicy ? { killPolicy } : {}) });
  }

  /** The stream broke; another one will be opened. */
  disconnect(): void {
    this.tell({ kind: "disconnected", error: new AgentError("unreachable", "Cannot go on reading events: closed") });
  }

  /** No other stream will be opened. */
  lose(): void {
    this.tell({ kind: "lost", error: new AgentError("unreachable", "Cannot reach the agent: recovery timeout") });
  }
}
