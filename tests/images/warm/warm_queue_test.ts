import assert from "node:assert/strict";
import { test } from "node:test";
import type { PlannedImage } from "../../../src/images/warm/warm_plan.ts";
import { WarmQueue, type WarmQueueOptions } from "../../../src/images/warm/warm_queue.ts";

const planned = (...names: string[]): PlannedImage[] =>
  names.map((name) => ({ image: { reference: name, name, priority: 0 }, state: "absent", isMissing: true }));

/** A queue whose images come when a test says so. */
function openQueue(
  atOnce: number,
  choose?: WarmQueueOptions["choose"],
  later: (planned: PlannedImage) => readonly PlannedImage[] = () => [],
) {
  const ending = new AbortController();
  const running = new Map<string, () => void>();
  const begun: string[] = [];
  const aborted: string[] = [];
  const queue = new WarmQueue({
    atOnce,
    signal: ending.signal,
    ...(choose ? { choose } : {}),
    warm: (images) => {
      const names = images.map(({ planned }) => planned.image.name);
      begun.push(names.join("+"));
      const { promise, resolve } = Promise.withResolvers<readonly PlannedImage[]>();
      for (const [index, { signal }] of images.entries()) {
        running.set(names[index] ?? "", () => resolve(images.flatMap(({ planned }) => later(planned))));
        signal.addEventListener("abort", () => {
          aborted.push(names[index] ?? "");
          if (images.length === 1) resolve([]);
        });
      }
      return promise;
    },
  });
  const replace = (waiting: string[], wanted = waiting) => queue.replace(planned(...waiting), new Set(wanted));
  const finish = async (name: string) => {
    running.get(name)?.();
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { queue, begun, aborted, replace, finish, ending };
}

test("WarmQueue has so many on their way at once, in the order of the plan", async () => {
  const { queue, begun, replace, finish } = openQueue(2);
  replace(["a", "b", "c", "d"]);
  assert.deepEqual(begun, ["a", "b"]);
  await finish("b");
  assert.deepEqual(begun, ["a", "b", "c"]);
  for (const name of ["a", "c", "d"]) await finish(name);
  await queue.drain();
  assert.deepEqual(begun, ["a", "b", "c", "d"]);
});

test("WarmQueue.replace() goes on with what is on its way, and begins none twice", async () => {
  const { begun, replace, finish, aborted } = openQueue(1);
  replace(["a", "b"]);
  replace(["c", "a", "b"]);
  await finish("a");
  assert.deepEqual(begun, ["a", "c"]);
  assert.deepEqual(aborted, []);
});

test("WarmQueue.replace() ends what has left the set, and not what is merely done", async () => {
  const { begun, replace, finish, aborted } = openQueue(2);
  replace(["a", "b", "c"]);
  replace(["c"], ["b", "c"]);
  await finish("a");
  assert.deepEqual(aborted, ["a"]);
  assert.deepEqual(begun, ["a", "b", "c"]);
});

test("WarmQueue begins nothing while it is closed, and what is on its way comes to its end", async () => {
  const { queue, begun, replace, finish, aborted } = openQueue(1);
  replace(["a", "b"]);
  queue.setOpen(false);
  await finish("a");
  assert.deepEqual([begun, aborted], [["a"], []]);
  queue.setOpen(true);
  assert.deepEqual(begun, ["a", "b"]);
});

test("WarmQueue.setAtOnce() begins more at once, and none too many while those on their way end", async () => {
  const { queue, begun, replace, finish, aborted } = openQueue(1);
  replace(["a", "b", "c", "d", "e"]);
  queue.setAtOnce(3);
  assert.deepEqual(begun, ["a", "b", "c"]);
  queue.setAtOnce(1);
  await finish("a");
  await finish("b");
  assert.deepEqual([begun, aborted], [["a", "b", "c"], []]);
  await finish("c");
  assert.deepEqual(begun, ["a", "b", "c", "d"]);
});

test("WarmQueue begins nothing after the signal, and does not wait for what waits", async () => {
  const { queue, begun, replace, ending } = openQueue(1);
  replace(["a", "b"]);
  ending.abort(new Error("enough"));
  await queue.drain();
  assert.deepEqual(begun, ["a"]);
});

test("WarmQueue counts images that come together as one, and begins none of them twice", async () => {
  const { queue, begun, replace, finish } = openQueue(2, (waiting) => waiting.slice(0, waiting.length >= 3 ? 3 : 1));
  replace(["a", "b", "c", "d", "e"]);
  assert.deepEqual(begun, ["a+b+c", "d"]);
  replace(["c", "b", "e", "f"], ["a", "b", "c", "d", "e", "f"]);
  assert.ok(queue.has("b"));
  await finish("d");
  assert.deepEqual(begun, ["a+b+c", "d", "e"]);
  await finish("a");
  assert.deepEqual(begun, ["a+b+c", "d", "e", "f"]);
  assert.ok(!queue.has("b"));
});

test("WarmQueue tells each of those that come together when nobody wants it any more", async () => {
  const { begun, replace, finish, aborted } = openQueue(1, (waiting) => waiting.slice(0, 2));
  replace(["a", "b"]);
  replace(["c"], ["a", "c"]);
  assert.deepEqual([begun, aborted], [["a+b"], ["b"]]);
  await finish("a");
  assert.deepEqual(begun, ["a+b", "c"]);
});

test("WarmQueue has images next that are to come later, before those that waited, unless nobody wants them", async () => {
  const later = (planned: PlannedImage) =>
    planned.comesAlone || planned.image.name === "d" ? [] : [{ ...planned, comesAlone: true as const }];
  const choose = (waiting: readonly PlannedImage[]) => waiting.slice(0, waiting[0]?.comesAlone ? 1 : 3);
  const { queue, begun, replace, finish } = openQueue(1, choose, later);
  replace(["a", "b", "c", "d"]);
  replace(["d"], ["a", "c", "d"]);
  await finish("a");
  assert.deepEqual(begun, ["a+b+c", "a"]);
  for (const name of ["a", "c", "d"]) await finish(name);
  assert.deepEqual(begun, ["a+b+c", "a", "c", "d"]);
  await queue.drain();
});

test("WarmQueue begins an image again that has left and is wanted again, when it has ended", async () => {
  const { begun, replace, finish } = openQueue(1, (waiting) => waiting.slice(0, 2));
  replace(["a", "b"]);
  replace([], ["a"]);
  replace(["b"], ["a", "b"]);
  assert.deepEqual(begun, ["a+b"]);
  await finish("a");
  assert.deepEqual(begun, ["a+b", "b"]);
});

test("WarmQueue begins nothing while all that wait have to come after what is on its way", async () => {
  let isOpen = false;
  const { queue, begun, replace, finish } = openQueue(3, (waiting) =>
    isOpen ? waiting : waiting.slice(0, begun.length === 0 ? 1 : 0),
  );
  replace(["a", "b", "c"]);
  assert.deepEqual(begun, ["a"]);
  isOpen = true;
  await finish("a");
  assert.deepEqual(begun, ["a", "b+c"]);
  await finish("b");
  await queue.drain();
});
