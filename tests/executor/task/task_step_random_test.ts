import assert from "node:assert/strict";
import { test } from "node:test";
import type { Stop, StopReason, TaskInput, TaskState } from "../../../src/executor/task/task_state.ts";
import { launchTask, stepTask, type TaskEffect } from "../../../src/executor/task/task_step.ts";
import { seededRandom } from "../../fakes/seeded_random.ts";
import { everyInput, isTerminal, nameEffect } from "../step_words.ts";
import { createSpec } from "../task_specimen.ts";

const sequences = 4000;
const longestSequence = 200;

const stopReasons: readonly StopReason[] = ["kill", "shutdown", "agent_lost"];

/** A daemon and a scheduler that do everything that they may, in an order that a seed decides. */
class World {
  readonly said: string[] = [];
  readonly #random: () => number;
  #state: TaskState;
  /** What will happen, in no order. */
  #pending: (() => void)[] = [];
  #container: "none" | "created" | "runs" | "ended" | "removed" = "none";
  #isPreparing = false;
  #starts = 0;
  #terminal = 0;

  constructor(seed: number) {
    this.#random = seededRandom(seed);
    const { state, effects } = launchTask(createSpec());
    this.#state = state;
    this.#do(effects);
    for (let kills = Math.floor(this.#random() * 4); kills > 0; kills--) this.#later(() => this.#stop());
  }

  run(): void {
    for (let steps = 0; this.#pending.length > 0; steps++) {
      assert.ok(steps < longestSequence, "the sequence ends");
      const [next] = this.#pending.splice(Math.floor(this.#random() * this.#pending.length), 1);
      next?.();
    }
    assert.equal(this.#state.phase.kind, "ended");
    assert.equal(this.#terminal, 1, "one terminal status");
    assert.ok(this.#container === "none" || this.#container === "removed", `the container is ${this.#container}`);
    assert.ok(this.#starts <= 1, "started once at most");
  }

  #later(event: () => void): void {
    this.#pending.push(event);
  }

  /** True once in `sides` throws. */
  #once(sides: number): boolean {
    return this.#random() * sides < 1;
  }

  #give(input: TaskInput): void {
    this.said.push(`+${input.kind}`);
    const before = this.#state;
    const { state, effects } = stepTask(before, input);
    if (before.phase.kind === "ended") assert.equal(state, before, "ended is never left");
    this.#state = state;
    this.#do(effects);
  }

  #stop(): void {
    const reason = stopReasons[Math.floor(this.#random() * stopReasons.length)] ?? "kill";
    const stop: Stop = { reason, graceMs: 1000, deadline: Math.floor(this.#random() * 5000) };
    this.#give({ kind: "stop", stop });
  }

  #do(effects: readonly TaskEffect[]): void {
    for (const effect of effects) {
      this.said.push(nameEffect(effect));
      if (effect.kind === "report") {
        assert.equal(this.#terminal, 0, "nothing is reported after the terminal status");
        if (isTerminal(effect.report)) this.#terminal++;
      } else {
        this.#work(effect);
      }
    }
  }

  #work(effect: Exclude<TaskEffect, { kind: "report" }>): void {
    switch (effect.kind) {
      case "prepare":
        this.#isPreparing = true;
        return this.#later(() => this.#prepare());
      case "abort_prepare":
        return assert.ok(this.#isPreparing, "only what goes on is aborted");
      case "limit_prepare":
        return this.#later(() => this.#isPreparing && this.#give(everyInput.prepare_late));
      case "start":
        assert.equal(this.#state.stop, undefined, "nothing that was stopped before is started");
        this.#starts++;
        return this.#later(() => this.#start());
      case "stop":
        return this.#later(() => (this.#once(4) ? this.#give({ kind: "stop_failed" }) : this.#end(137)));
      case "collect":
        return this.#later(() =>
          this.#give({ kind: "collected", exit: { status: effect.status, cause: "exit", stderrTail: "" } }),
        );
      case "remove":
        return this.#later(() => {
          this.#end(137);
          this.#container = "removed";
          this.#give({ kind: "removed" });
        });
    }
  }

  #prepare(): void {
    this.#isPreparing = false;
    if (this.#once(4)) return this.#give(everyInput.prepare_failed);
    this.#container = "created";
    this.#give(everyInput.prepared);
  }

  /** A start that the daemon reports as failed may have happened all the same: its answer was lost. */
  #start(): void {
    const failed = this.#once(4);
    if (this.#container === "created" && (!failed || this.#once(2))) {
      this.#container = "runs";
      this.#later(() => this.#end(0));
    }
    this.#later(() => this.#give(failed ? everyInput.start_failed : everyInput.started));
  }

  /** The container's end, which is told once, or only that nobody can tell. */
  #end(status: number): void {
    if (this.#container !== "runs") return;
    this.#container = "ended";
    const told: TaskInput = this.#once(6) ? everyInput.vanished : { kind: "exited", status };
    this.#later(() => this.#give(told));
  }
}

test(`stepTask() ends every one of ${sequences} tasks with one terminal status and no container`, () => {
  const ways = new Set<string>();
  for (let seed = 1; seed <= sequences; seed++) {
    const world = new World(seed);
    try {
      world.run();
    } catch (cause) {
      throw new Error(`Cannot end the task of seed ${seed}: ${world.said.join(" ")}`, { cause });
    }
    ways.add(world.said.join(" "));
  }
  assert.ok(ways.size > 200, `the sequences differ (${ways.size} ways)`);
});
