import assert from "node:assert/strict";
import { test } from "node:test";
import { delay, fail, type PlannedFault } from "../fakes/engine_faults.ts";
import type { EngineMethod } from "../fakes/fake_calls.ts";
import type { FakeContainer } from "../fakes/fake_container.ts";
import { seededRandom } from "../fakes/seeded_random.ts";
import { ExecutorBench } from "./executor_bench.ts";
import { isTerminal, stateOf } from "./step_words.ts";

// Loaded by the executor when a group comes, which takes longer than a sequence.
import "../../src/executor/groups/group_crew.ts";
import "tar-stream";

const sequences = 10_000;
const groupSequences = 3000;
const longestSequence = 400;

/** After this many turns the agent asks for the end, so that every sequence has one. */
const turnsBeforeShutdown = 40;

const faultyMethods: readonly EngineMethod[] = [
  "inspectImage",
  "loadImage",
  "createContainer",
  "openWait",
  "openAttach",
  "startContainer",
  "inspectContainer",
  "stopContainer",
  "killContainer",
  "removeContainer",
];

/** An executor whose agent, daemon and containers do what a seed decides. */
class Chaos {
  readonly bench: ExecutorBench;
  readonly #created: FakeContainer[] = [];
  readonly #random: () => number;
  readonly #taskIds: string[];

  readonly #launch: "alone" | "in a group";

  constructor(seed: number, launch: "alone" | "in a group") {
    this.#launch = launch;
    this.#random = seededRandom(seed);
    this.bench = new ExecutorBench({ onCreate: (container) => this.#created.push(container) });
    this.#taskIds = ["t1", "t2", "t3"].slice(0, 1 + this.#below(3));
    for (const method of faultyMethods) if (this.#once(3)) this.bench.engine.once(method, this.#fault());
  }

  async run(): Promise<void> {
    const { bench } = this;
    if (this.#launch === "in a group") bench.agent.launchGroup(Object.fromEntries(this.#taskIds.map((id) => [id, {}])));
    else for (const taskId of this.#taskIds) bench.agent.launch(taskId);
    for (let turn = 0; bench.end === undefined; turn++) {
      assert.ok(turn < longestSequence, "the sequence ends");
      if (turn === turnsBeforeShutdown) bench.agent.tell({ kind: "shutdown" });
      this.#act();
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.#check();
  }

  #act(): void {
    const { agent, clock, engine } = this.bench;
    const taskId = this.#taskIds[this.#below(this.#taskIds.length)] ?? "t1";
    const container = engine.containers[this.#below(Math.max(1, engine.containers.length))];
    switch (this.#below(8)) {
      case 0:
        return agent.kill(taskId, this.#below(3) * 1000);
      case 1:
        return container?.exit(this.#below(3));
      case 2:
        if (container) container.stopManner = "ignores";
        return;
      case 3:
        if (container) container.outputManner = "outlives";
        return;
      case 4:
        return container?.write("stdout", "x");
      case 5:
        return this.#once(4) ? engine.breakConnections() : undefined;
      default:
        return clock.advance(this.#below(3) * 1000);
    }
  }

  #check(): void {
    const { agent, engine, clock, log } = this.bench;
    assert.deepEqual(this.bench.end, { kind: "code", code: 0 });
    assert.equal(log.messages("error").includes("container left behind"), false);
    assert.deepEqual(engine.containers, [], "no container is left");
    for (const taskId of this.#taskIds) {
      const reports = agent.updates.filter((update) => update.taskId === taskId).map(({ report }) => report);
      const terminal = reports.findIndex(isTerminal);
      assert.equal(terminal, reports.length - 1, `${taskId}: ${reports.map(stateOf).join(" ")}`);
    }
    assert.ok(
      this.#created.every(({ starts }) => starts <= 1),
      "no container is started twice",
    );
    assert.deepEqual(
      clock.delays.filter((delayMs) => delayMs === 60_000),
      [],
      "no patience is left over",
    );
  }

  #fault(): PlannedFault {
    if (this.#once(2)) return delay(this.#below(5) * 1000);
    return fail(this.#once(2) ? "timeout" : "failed", "chaos", { effect: this.#once(2) ? "done" : "none" });
  }

  #below(count: number): number {
    return Math.floor(this.#random() * count);
  }

  #once(sides: number): boolean {
    return this.#below(sides) === 0;
  }
}

/** Runs executors of many seeds; gives how many different lives they had. */
async function liveThrough(seeds: number, launch: "alone" | "in a group"): Promise<number> {
  const ways = new Set<string>();
  for (let seed = 1; seed <= seeds; seed++) {
    const chaos = new Chaos(seed, launch);
    try {
      await chaos.run();
    } catch (cause) {
      const calls = chaos.bench.engine.calls.map(({ method, subject }) => `${method} ${subject.slice(-8)}`);
      const updates = chaos.bench.agent.updates.map(({ taskId, report }) => `${taskId} ${stateOf(report)}`);
      throw new Error(`Cannot end seed ${seed}:\n${updates.join("\n")}\n${calls.join("\n")}`, { cause });
    }
    ways.add(chaos.bench.agent.updates.map(({ taskId, report }) => `${taskId} ${stateOf(report)}`).join());
  }
  return ways.size;
}

/** A machine that is busy takes them no faster. */
const patient = { timeout: 60_000 };

test(
  `${sequences} executors end every task once and leave no container, whatever the daemon does`,
  patient,
  async () => {
    const ways = await liveThrough(sequences, "alone");
    assert.ok(ways > 100, `the sequences differ (${ways} ways)`);
  },
);

test(`${groupSequences} executors end every task of a group once, and leave no container of it`, patient, async () => {
  const ways = await liveThrough(groupSequences, "in a group");
  assert.ok(ways > 100, `the sequences differ (${ways} ways)`);
});
