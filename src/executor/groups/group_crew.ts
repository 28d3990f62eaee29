import type { Engine } from "../../docker/mod.ts";
import type { AgentInput } from "../../mesos/agent_input.ts";
import type { TaskInfo } from "../../mesos/protocol.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { Log } from "../../runtime/log.ts";
import type { OpenRequest, RequestOptions } from "../container/request.ts";
import type { ResolvedGroup, ResolvedTask, TaskDesk } from "../desk/task_desk.ts";
import { InfraContainer } from "./infra_container.ts";
import { joinInfra } from "./joining.ts";

/** What groups are run with. */
export interface GroupParts {
  engine: Engine;
  clock: Clock;
  log: Log;
  desk: TaskDesk;
  /** Hears that a group has lost the container that holds what it shares. */
  lost: (groupId: string, why: string) => void;
  /** Takes an error that is neither the daemon's nor a task's. */
  fail: (error: unknown) => void;
}

/** What an executor's groups have beside their tasks. It is loaded when the first group comes. */
export class GroupCrew {
  readonly #parts: GroupParts;
  readonly #infras = new Map<string, InfraContainer>();

  constructor(parts: GroupParts) {
    this.#parts = parts;
  }

  /** Reads a group. Throws {@link TaskError} for what is nobody's own fault, e.g. a policy that cannot be used. */
  async read(
    groupId: string,
    tasks: readonly TaskInfo[],
    subscription: AgentInput & { kind: "subscribed" },
  ): Promise<ResolvedGroup> {
    const group = await this.#parts.desk.resolveGroup(groupId, tasks, subscription);
    if (group.infra) this.#infras.set(groupId, this.#createInfra(groupId, group.infra));
    return group;
  }

  /** The request for a member's container, when there is one that it can join. Throws {@link TaskError}. */
  async openRequest(member: ResolvedTask, options: RequestOptions): Promise<OpenRequest> {
    const { desk } = this.#parts;
    const infra = await this.#infras.get(member.groupId ?? "")?.open(options);
    if (!infra) return await desk.openRequest(member, options);
    const request = await desk.openRequest({ ...member, spec: joinInfra(member.spec, infra) }, options);
    return { ...request, addresses: infra.addresses };
  }

  /** The last task has ended. */
  async close(groupId: string): Promise<void> {
    const infra = this.#infras.get(groupId);
    this.#infras.delete(groupId);
    await infra?.close();
  }

  /** Removes what all groups have, whatever it is doing. */
  async abandon(): Promise<void> {
    await Promise.all([...this.#infras.keys()].map((groupId) => this.close(groupId)));
  }

  #createInfra(groupId: string, resolved: ResolvedTask): InfraContainer {
    const { engine, clock, log, desk, lost, fail } = this.#parts;
    return new InfraContainer({
      engine,
      clock,
      log,
      name: resolved.name,
      spec: resolved.spec,
      openRequest: (options) => desk.openRequest(resolved, options),
      lost: (why) => lost(groupId, why),
      fail,
    });
  }
}
