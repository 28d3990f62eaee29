import assert from "node:assert/strict";
import { test } from "node:test";
import type { ContainerSummary } from "../../../src/docker/mod.ts";
import { toLabels } from "../../../src/executor/container/identity.ts";
import { judgeContainer, type Verdict } from "../../../src/executor/reaping/orphans.ts";

const world = { bootId: "boot-1", pidNamespace: "pid:[1]" };
const ids = { frameworkId: "f", executorId: "e", agentId: "a", containerId: "c" };
const owner = { ...ids, pid: 10, startTime: "500", ...world };

/** Process 10 is the executor, process 11 came after one of the same pid. */
const readStart = (pid: number) =>
  new Map([
    [10, "500"],
    [11, "900"],
  ]).get(pid);

function container(overrides: Partial<typeof owner> = {}, state = "running"): ContainerSummary {
  const Labels = toLabels({ ...owner, ...overrides }, "t1");
  return { Id: "c1", Names: ["/task-t1"], Image: "i", ImageID: "i", Created: 0, State: state, Status: "", Labels };
}

const table: readonly [title: string, container: ContainerSummary, kind: Verdict["kind"]][] = [
  ["whose executor lives", container(), "owned"],
  ["that has ended, and whose executor lives", container({}, "exited"), "owned"],
  ["whose executor has ended", container({ pid: 12 }), "orphan"],
  ["whose executor's pid is another process by now", container({ pid: 11 }), "orphan"],
  ["of before this boot that does not run", container({ bootId: "boot-0" }, "exited"), "orphan"],
  ["of another boot that was never started", container({ bootId: "boot-0" }, "created"), "orphan"],
  ["of another boot that runs: it may be another host's", container({ bootId: "boot-0" }), "unknown"],
  ["of another boot that is paused", container({ bootId: "boot-0" }, "paused"), "unknown"],
  ["of an executor in another pid namespace", container({ pid: 12, pidNamespace: "pid:[2]" }), "unknown"],
  ["whose labels name no process", { ...container(), Labels: { "mesos-docker.task": "t1" } }, "unknown"],
];

for (const [title, given, kind] of table) {
  test(`judgeContainer() finds ${kind} a container ${title}`, () => {
    assert.equal(judgeContainer(given, { world, readStart }).kind, kind);
  });
}

test("judgeContainer() says why a container has nobody", () => {
  const why = (given: ContainerSummary) => {
    const verdict = judgeContainer(given, { world, readStart });
    return verdict.kind === "owned" ? undefined : verdict.why;
  };
  assert.equal(why(container({ pid: 12 })), "its executor, process 12, has ended");
  assert.equal(why(container({ pid: 11 })), "its executor, process 11, is another process by now");
});
