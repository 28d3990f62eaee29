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
