import assert from "node:assert/strict";
import { test } from "node:test";
import type { AgentReport } from "../../../src/mesos/embedded/mod.ts";
import { type StatusInit, TaskState } from "../../../src/mesos/protocol.ts";
import { formatUuid } from "../../../src/mesos/uuid.ts";
import { type Bench, openBench, settle } from "./bench.ts";
import type { RawExecutor, RawStream } from "./raw_executor.ts";

/** Numbers that are the same for the same seed (a linear congruential generator). */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** An executor as the contract wants it: it repeats what is not acknowledged in SUBSCRIBE, and nowhere else (A.9). */
class Model {
  readonly #executor: RawExecutor;
  readonly sent = new Map<string, string[]>();
  readonly acknowledged = new Map<string, string[]>();
  readonly #unacknowledged = new Map<string, StatusInit>();
  #stream: RawStream | undefined;

  constructor(bench: Bench) {
    this.#executor = bench.raw();
  }

  get isSettled(): boolean {
    return this.#unacknowledged.size === 0;
  }

  async subscribe(taskIds: readonly string[]): Promise<void> {
    this.read();
    const unacknowledgedUpdates = [...this.#unacknowledged.values()].map((status) => ({ status }));
    // Every task is listed: which have been heard of is not what this test is about.
    const unacknowledgedTasks = taskIds.map((id) => ({ name: id, taskId: { value: id }, agentId: { value: "any" } }));
    this.#stream = await this.#executor.subscribe({ unacknowledgedTasks, unacknowledgedUpdates });
  }

  async update(taskId: string, state: number): Promise<void> {
    const status = this.#executor.status(taskId, state);
    const uuid = formatUuid(status.uuid!);
    this.#unacknowledged.set(uuid, status);
    append(this.sent, taskId, uuid);
    // Without a stream nothing is sent: the next SUBSCRIBE brings it, perhaps several of one task at once.
    if (this.#stream) await this.#executor.update(taskId, state, status);
  }

  cut(): void {
    this.read();
    this.#stream?.destroy();
    this.#stream = undefined;
  }

  /** Takes the acknowledgements that have come. */
  read(): void {
    for (const { acknowledged } of this.#stream?.drain() ?? []) {
      if (!acknowledged) continue;
      const uuid = formatUuid(acknowledged.uuid);
      if (this.#unacknowledged.delete(uuid)) append(this.acknowledged, acknowledged.taskId!.value, uuid);
    }
  }
}

function append(lists: Map<string, string[]>, key: string, value: string): void {
  lists.set(key, [...(lists.get(key) ?? []), value]);
}

/** The uuids of each task in the order in which the framework heard them. */
async function collect(reports: AsyncIterable<AgentReport>): Promise<Map<string, string[]>> {
  const heard = new Map<string, string[]>();
  for await (const report of reports) {
    if (report.kind === "update") append(heard, report.status.taskId!.value, formatUuid(report.status.uuid));
  }
  return heard;
}

async function play(seed: number): Promise<void> {
  const below = random(seed);
  await using bench = await openBench();
  const taskIds = ["a", "b", "c"];
  for (const id of taskIds) bench.launch(id);
  const passing = collect(bench.agent.updates());
  const model = new Model(bench);
  await model.subscribe(taskIds);
  for (let step = 0; step < 40; step++) {
    const action = below(10);
    if (action < 6) await model.update(taskIds[below(3)]!, TaskState.TASK_RUNNING);
    else if (action === 6) await model.subscribe(taskIds);
    else if (action === 7) model.cut();
    else if (action === 8) bench.agent.withholdAcknowledgements(() => below(2) === 0);
    else bench.agent.releaseAcknowledgements();
    if (below(3) === 0) await settle();
    model.read();
  }
  bench.agent.releaseAcknowledgements();
  for (const id of taskIds) await model.update(id, TaskState.TASK_FINISHED);
  await model.subscribe(taskIds);
  while (!model.isSettled) {
    await settle();
    model.read();
  }
  bench.containerizer.endAll();
  await bench.agent[Symbol.asyncDispose]();
  const passedOn = await passing;
  for (const id of taskIds) {
    assert.deepEqual(passedOn.get(id), model.sent.get(id), `task ${id}, seed ${seed}`);
    assert.deepEqual(
      [...model.acknowledged.get(id)!].sort(),
      [...model.sent.get(id)!].sort(),
      `task ${id}, seed ${seed}`,
    );
  }
}

for (const seed of [1, 2, 3, 4, 5, 6, 7, 8]) {
  test(`updates keep their order per task through cuts and repetitions, seed ${seed}`, { timeout: 60_000 }, () =>
    play(seed),
  );
}
