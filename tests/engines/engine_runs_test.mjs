import assert from "node:assert/strict";
import { test } from "node:test";
import { KINDS, planRuns } from "./engine_runs.mjs";

function stores(text) {
  return planRuns(text).runs.map(
    ({ name, apiVersion }) => `${name.split(",")[0].split(" ")[0]} ${apiVersion ?? "newest"}`,
  );
}

test("planRuns() runs both image stores where there are two, and the API versions that the engine takes", () => {
  const old = ["classic 1.24", "classic 1.30", "classic 1.40", "classic 1.41"];
  const cases = [
    ["Docker version 20.10.24+dfsg1, build 5d6db84", ["classic newest", ...old]],
    ["Docker version 26.1.5+dfsg1, build 411e817", ["classic newest", "containerd newest", ...old, "classic 1.44"]],
    ["Docker version 29.0.0, build d105562", ["classic newest", "containerd newest", "classic 1.44"]],
  ];
  for (const [text, expected] of cases) assert.deepEqual(stores(text), expected, text);
});

test("planRuns() chooses the store by the daemon's configuration, and gives the version", () => {
  const { version, runs } = planRuns("Docker version 28.5.2+dfsg4, build 3ef3c07");
  assert.equal(version, "28.5.2+dfsg4");
  const chosen = runs.slice(0, 2).map(({ configuration }) => JSON.parse(configuration).features);
  assert.deepEqual(chosen, [{ "containerd-snapshotter": false }, { "containerd-snapshotter": true }]);
  assert.equal(planRuns("Docker version 20.10.24, build 1").runs[0].configuration, "{}");
});

test("planRuns() chooses one kind of run, and other test files for it", () => {
  const text = "Docker version 26.1.5+dfsg1, build 411e817";
  const of = (choice) => planRuns(text, choice).runs;
  for (const kind of KINDS) assert.deepEqual(new Set(of({ kind }).map((run) => run.kind)), new Set([kind]));
  assert.equal(of({ kind: "api" }).length, 5);
  const [only, ...more] = of({ kind: "containerd", files: ["output_test", "e2e/status"] });
  assert.deepEqual(more, []);
  assert.deepEqual(only.filters, ["output_test", "e2e/status"]);
  assert.equal(only.configuration, of({})[1].configuration);
  assert.deepEqual(planRuns("Docker version 20.10.24+dfsg1, build 5d6db84", { kind: "containerd" }).runs, []);
});

test("planRuns() refuses what is no version of dockerd", () => {
  assert.throws(() => planRuns("no such program"), { message: /"no such program"$/ });
});
