import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom } from "../fakes/seeded_random.ts";
import { fuzz } from "./fuzzing.ts";
import { targets } from "./targets.ts";

for (const target of targets) {
  test(`${target.name} withstand a short fuzzing`, async () => {
    const { fault, accepted, texts } = await fuzz(target, seededRandom(1), 150);
    assert.equal(fault, undefined);
    assert.ok(accepted > 0 && texts >= accepted, `${accepted} of ${texts} texts were taken`);
  });
}

test("fuzz() tells an error that is none of the parser's own", async () => {
  const parse = (text: string) => {
    if (text.includes("%")) throw new TypeError("a bug");
  };
  const { fault } = await fuzz({ name: "x", seeds: ["a"], parse, errors: [RangeError] }, seededRandom(1), 500);
  assert.match(fault ?? "", /TypeError: a bug/);
});
