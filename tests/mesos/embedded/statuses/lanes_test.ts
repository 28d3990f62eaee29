import assert from "node:assert/strict";
import { test } from "node:test";
import { Lanes } from "../../../../src/mesos/embedded/statuses/lanes.ts";

test("push() never runs work at once with its caller, and keeps the order of a lane", async () => {
  const lanes = new Lanes();
  const done: string[] = [];
  lanes.push("a", () => {
    done.push("a1");
    lanes.push("a", () => void done.push("a3"));
    lanes.push("b", () => void done.push("b2"));
  });
  lanes.push("a", () => done.push("a2"));
  lanes.push("b", () => done.push("b1"));
  assert.equal(done.length, 0);
  await lanes.idle();
  assert.deepEqual(
    done.filter((entry) => entry.startsWith("a")),
    ["a1", "a2", "a3"],
  );
  assert.deepEqual(
    done.filter((entry) => entry.startsWith("b")),
    ["b1", "b2"],
  );
});

test("idle() resolves when there is nothing to do", async () => {
  await new Lanes().idle();
});
