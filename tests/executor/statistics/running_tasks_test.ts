import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import type { TaskWork } from "../../../src/executor/crew.ts";
import { measureRunning } from "../../../src/executor/statistics/running_tasks.ts";
import type { TaskPhase, TaskState } from "../../../src/executor/task/task_state.ts";
import { createSpec } from "../task_specimen.ts";

const ownProcess = { pid: process.pid, startTime: "1" };

const goneProcess = { pid: 2 ** 30, startTime: "1" };

function view(entries: Readonly<Record<string, [TaskPhase["kind"], TaskWork["process"]]>>) {
  const spec = createSpec();
  const tasks = new Map<string, TaskState>(
    Object.entries(entries).map(([id, [kind]]) => [id, { spec, phase: { kind, containerId: "c" } as TaskPhase }]),
  );
  return {
    tasks: () => tasks,
    workOf: (taskId: string) => ({ process: entries[taskId]?.[1], pull: undefined }),
  };
}

test("measureRunning() measures tasks whose container runs, and whose process is there", () => {
  const found = measureRunning(
    view({
      running: ["running", ownProcess],
      stopping: ["stopping", ownProcess],
      preparing: ["preparing", ownProcess],
      collecting: ["collecting", ownProcess],
      remote: ["running", undefined],
      gone: ["running", goneProcess],
    }),
    1500,
  );
  assert.deepEqual([...found.keys()], ["running", "stopping"]);
  assert.equal(found.get("running")?.timestamp, 1.5);
});
