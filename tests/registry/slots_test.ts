import assert from "node:assert/strict";
import { test } from "node:test";
import { Slots } from "../../registry/slots.ts";

test("Slots run so much at once and the rest in order, also when work fails", async () => {
  const slots = new Slots(2);
  const log: string[] = [];
  const gates = new Map(["a", "b", "c", "d"].map((name) => [name, Promise.withResolvers<void>()]));
  const works = [...gates].map(([name, gate]) =>
    slots.run(async () => {
      log.push(name);
      await gate.promise;
      return name;
    }),
  );
  await Promise.resolve();
  assert.deepEqual(log, ["a", "b"]);
  gates.get("b")?.reject(new Error("b failed"));
  await assert.rejects(works[1] as Promise<string>, /b failed/);
  gates.get("c")?.resolve();
  assert.equal(await works[2], "c");
  gates.get("a")?.resolve();
  gates.get("d")?.resolve();
  assert.deepEqual([await works[0], await works[3]], ["a", "d"]);
  assert.deepEqual(log, ["a", "b", "c", "d"]);
});

test("Slots are kept by who takes one until it is given back, and not lost by who leaves while waiting", async () => {
  const slots = new Slots(1);
  const first = await slots.take();
  const [before, late] = [new AbortController(), new AbortController()];
  const leaving = slots.take({ signal: before.signal });
  const leavingLate = slots.take({ signal: late.signal });
  before.abort(new Error("not wanted any more"));
  await assert.rejects(leaving, /not wanted any more/);
  // In one go: it has left, and is given the slot before anybody knows.
  late.abort(new Error("not wanted either"));
  first[Symbol.dispose]();
  first[Symbol.dispose]();
  await assert.rejects(leavingLate, /not wanted either/);
  const log: string[] = [];
  const second = await slots.take();
  const third = slots.take().then((slot) => {
    log.push("third");
    return slot;
  });
  await new Promise(setImmediate);
  assert.deepEqual(log, [], "there is one slot, though the first was given back twice");
  second[Symbol.dispose]();
  (await third)[Symbol.dispose]();
});
