import assert from "node:assert/strict";
import { test } from "node:test";
import { EngineError } from "../../../src/docker/mod.ts";
import { createContainer } from "../../../src/executor/container/creation.ts";
import { TaskError } from "../../../src/executor/task/task_error.ts";
import { FakeClock } from "../../fakes/fake_clock.ts";
import { FakeEngine } from "../../fakes/fake_engine.ts";
import { RecordingLog } from "../recording_log.ts";

const name = "task-t1-00";
const cut = new EngineError("failed", "cut off", { retryable: true });
const taken = new EngineError("conflict", "the name is taken", { status: 409 });
const late = new EngineError("timeout", "no answer");
const refused = new EngineError("failed", "out of space", { status: 500 });

/** Asks a daemon that answers so, the last answer again and again. */
async function create(...answers: readonly EngineError[]) {
  const engine = new FakeEngine();
  const left = [...answers];
  const make = async () => {
    const answer = left.shift();
    if (answer) throw answer;
    return { id: "c1", warnings: [] };
  };
  const log = new RecordingLog();
  const id = await createContainer(make, { engine, name, clock: new FakeClock(), log }).catch(
    (error: unknown) => error,
  );
  return {
    id,
    asked: answers.length + 1 - left.length,
    removed: engine.callsOf("removeContainer").map(({ subject }) => subject),
  };
}

test("createContainer() asks again after an answer was cut off, and removes what may be there before", async () => {
  assert.deepEqual(await create(cut), { id: "c1", asked: 2, removed: [name] });
});

test("createContainer() removes its own container when the daemon makes it only after it was asked to remove it", async () => {
  assert.deepEqual(await create(cut, taken), { id: "c1", asked: 3, removed: [name, name] });
});

const failures = [
  { title: "an answer that is cut off again and again", answers: [cut, cut, cut], removed: 3 },
  { title: "an answer that does not come", answers: [late], removed: 1 },
  { title: "a refusal", answers: [refused], removed: 0 },
  { title: "a name that somebody else has", answers: [taken], removed: 0 },
];

for (const { title, answers, removed } of failures) {
  test(`createContainer() fails at ${title}`, async () => {
    const found = await create(...answers);
    assert.ok(found.id instanceof TaskError);
    assert.deepEqual([found.id.code, found.id.message], ["launch", answers.at(-1)?.message]);
    assert.deepEqual(
      found.removed,
      Array.from({ length: removed }, () => name),
    );
  });
}
