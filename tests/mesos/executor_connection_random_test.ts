import assert from "node:assert/strict";
import { test } from "node:test";
import { AgentError } from "../../src/mesos/agent_error.ts";
import { type AgentCalls, ExecutorConnection } from "../../src/mesos/executor_connection.ts";
import { type CallInit, decodeEvent, type Event, encodeEvent, TaskState } from "../../src/mesos/protocol.ts";
import { formatUuid } from "../../src/mesos/uuid.ts";
import { acknowledgedEvent, launchEvent, subscribedEvent } from "../fakes/calls.ts";
import { environment } from "../fakes/executor_environment.ts";
import { FakeClock } from "../fakes/fake_clock.ts";
import { PushStream } from "../fakes/push_stream.ts";
import { seededRandom } from "../fakes/seeded_random.ts";

const runs = 10_000;
const turns = 30;

/** An agent that loses streams, calls and answers as a seed decides, and keeps what it has got. */
class UnreliableAgent implements AgentCalls {
  readonly address = { kind: "tcp", host: "127.0.0.1", port: 5051, path: "/slave(1)/api/v1/executor" } as const;
  /** Updates in the order of their first arrival; `number` counts them as they were made. */
  readonly arrived: { taskId: string; number: number; bytes: Uint8Array }[] = [];
  /** What each SUBSCRIBE told: the numbers of updates, and tasks. */
  readonly told: { updates: number[]; tasks: string[] }[] = [];
  manner: "unreliable" | "well" = "unreliable";
  readonly #random: () => number;
  #stream: PushStream<Event> | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(random: () => number) {
    this.#random = random;
  }

  async subscribe({ subscribe }: CallInit, { signal }: { signal: AbortSignal }): Promise<AsyncIterable<Event>> {
    await Promise.resolve();
    if (this.#fails(0.2)) throw lost("subscribe");
    const updates = (subscribe?.unacknowledgedUpdates ?? []).map(({ status }) => this.#take(status));
    const tasks = (subscribe?.unacknowledgedTasks ?? []).map(({ taskId }) => taskId?.value ?? "");
    this.told.push({ updates, tasks });
    if (this.#fails(0.2)) throw lost("subscribe");
    const stream = new PushStream<Event>();
    this.#stream = stream;
    signal.addEventListener("abort", () => stream.break(lost("read")), { once: true });
    this.tell(subscribedEvent);
    return stream;
  }

  send(_action: string, { update }: CallInit, { signal }: { signal: AbortSignal }): Promise<void> {
    const sent = this.#last.then(async () => {
      if (signal.aborted || this.#fails(0.1)) throw lost("send");
      await Promise.resolve();
      this.#take(update?.status);
      if (this.#fails(0.1)) throw lost("send");
    });
    this.#last = sent.catch(() => undefined);
    return sent;
  }

  tell(event: Parameters<typeof encodeEvent>[0]): void {
    this.#stream?.push(decodeEvent(encodeEvent(event)));
  }

  cut(): void {
    this.#stream?.end();
  }

  #take(status: NonNullable<CallInit["update"]>["status"]): number {
    const number = Number(status?.message);
    const known = this.arrived.find((one) => one.number === number);
    const bytes = status?.uuid ?? new Uint8Array();
    if (known) assert.equal(formatUuid(bytes), formatUuid(known.bytes), "an update keeps its uuid");
    else this.arrived.push({ taskId: status?.taskId?.value ?? "", number, bytes });
    return number;
  }

  #fails(probability: number): boolean {
    return this.manner === "unreliable" && this.#random() < probability;
  }
}

function lost(action: string): AgentError {
  return new AgentError("unreachable", `Cannot ${action}: the connection broke`);
}

/** One executor with such an agent. */
class Chaos {
  readonly #random: () => number;
  readonly #agent: UnreliableAgent;
  readonly #clock = new FakeClock();
  readonly #connection: ExecutorConnection;
  readonly #ending = new AbortController();
  /** What the executor has done and heard. */
  readonly #launched: string[] = [];
  readonly #unacknowledged = new Set<string>();
  #owed: string[] = [];
  #made = 0;
  #tasks = 0;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
    this.#agent = new UnreliableAgent(this.#random);
    this.#connection = new ExecutorConnection(this.#agent, environment, { clock: this.#clock, random: this.#random });
  }

  async run(): Promise<void> {
    const listening = this.#listen();
    for (let turn = 0; turn < turns; turn++) {
      this.#act();
      await settle();
    }
    this.#agent.manner = "well";
    for (let turn = 0; !this.#connection.isSettled; turn++) {
      assert.ok(turn < 50, "every update is acknowledged in the end");
      this.#clock.advance(2000);
      await settle();
      for (const { taskId, bytes } of this.#agent.arrived) this.#agent.tell(acknowledgedEvent(taskId, bytes));
      await settle();
    }
    this.#ending.abort(new Error("over"));
    this.#agent.cut();
    await listening;
    const { arrived, told } = this.#agent;
    const numbers = arrived.map(({ number }) => number);
    assert.deepEqual(numbers, [...Array(this.#made).keys()], "every update arrives, in order");
    for (const { updates } of told) assert.deepEqual(updates, updates.toSorted(byNumber), "SUBSCRIBE keeps the order");
  }

  async #listen(): Promise<void> {
    for await (const input of this.#connection.inputs({ signal: this.#ending.signal })) {
      if (input.kind === "launch") {
        this.#launched.push(input.taskId);
        this.#unacknowledged.add(input.taskId);
      }
      if (input.kind === "acknowledged") this.#unacknowledged.delete(input.taskId);
      // Since the last look, SUBSCRIBE can only have told what was owed then.
      if (input.kind === "disconnected") this.#owed = [...this.#unacknowledged];
      if (input.kind === "subscribed") assert.deepEqual(this.#agent.told.at(-1)?.tasks, this.#owed, "tasks are told");
      if (input.kind === "lost") assert.fail("an agent that answers is not lost");
    }
  }

  #act(): void {
    const agent = this.#agent;
    switch (this.#below(6)) {
      case 0:
        return agent.tell(launchEvent(`task-${this.#tasks++}`));
      case 1:
        return this.#update();
      case 2: {
        const some = agent.arrived[this.#below(agent.arrived.length)];
        return some && agent.tell(acknowledgedEvent(some.taskId, some.bytes));
      }
      case 3:
        return this.#below(3) === 0 ? agent.cut() : undefined;
      default:
        return this.#clock.advance(this.#below(1500));
    }
  }

  #update(): void {
    const taskId = this.#launched[this.#below(this.#launched.length)];
    if (taskId === undefined) return;
    this.#connection.update(taskId, { state: TaskState.TASK_RUNNING, message: String(this.#made++) });
  }

  #below(count: number): number {
    return Math.floor(this.#random() * count);
  }
}

function byNumber(a: number, b: number): number {
  return a - b;
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}

test(`${runs} conversations with an unreliable agent lose no update and keep their order`, async () => {
  for (let seed = 1; seed <= runs; seed++) {
    try {
      await new Chaos(seed).run();
    } catch (cause) {
      throw new Error(`Cannot end seed ${seed}`, { cause });
    }
  }
});
