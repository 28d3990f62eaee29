import assert from "node:assert/strict";
import { test } from "node:test";
import { describePin, isPinnedBy, type Pin, parsePin, pinKey, toPinJson } from "../../../src/images/pins/pin.ts";
import { idOf } from "../specimens.ts";

const digest = `sha256:${"d".repeat(64)}`;
const hex = idOf(7).slice("sha256:".length);
const manifest = `sha256:${"e".repeat(64)}`;
const image = {
  id: idOf(7),
  names: ["redis:7", "lab:5000/team/app:1", "cafecafecafe:latest"],
  digests: [`redis@${digest}`],
  labels: { keep: "yes", toString: "no" },
  manifests: [manifest],
};

test("isPinnedBy() knows an image by name, prefix, label and digest", () => {
  const cases: [Pin, boolean][] = [
    [parsePin("redis:7"), true],
    [parsePin("docker.io/library/redis:7"), true],
    [parsePin("redis"), false],
    [parsePin(`redis@${digest}`), true],
    [parsePin(`other:1@${digest}`), true],
    [parsePin(digest), true],
    [parsePin(idOf(7)), true],
    [parsePin(idOf(8)), false],
    [parsePin(hex.slice(0, 12)), true],
    [parsePin(hex), true],
    [parsePin("0".repeat(12)), true],
    [parsePin("1".repeat(12)), false],
    [parsePin("cafecafecafe"), true],
    [parsePin("cafecafecafe:1"), false],
    [parsePin(manifest), true],
    [parsePin(`other@${manifest}`), true],
    [{ kind: "prefix", value: "red" }, true],
    [{ kind: "prefix", value: "docker.io/library/red" }, true],
    [{ kind: "prefix", value: "lab:5000/team/" }, true],
    [{ kind: "prefix", value: "lab:5000/te" }, true],
    [{ kind: "prefix", value: "team/" }, false],
    [{ kind: "prefix", value: "lab:5000/other/" }, false],
    [{ kind: "label", value: "keep" }, true],
    [{ kind: "label", value: "keep=yes" }, true],
    [{ kind: "label", value: "keep=no" }, false],
    [{ kind: "label", value: "constructor" }, false],
  ];
  for (const [pin, isPinned] of cases) assert.equal(isPinnedBy(pin, image), isPinned, JSON.stringify(pin));
});

test("pinKey() is one for all spellings of a name or prefix", () => {
  assert.equal(pinKey(parsePin("redis")), pinKey(parsePin("index.docker.io/library/redis:latest")));
  assert.equal(pinKey({ kind: "prefix", value: "team/" }), pinKey({ kind: "prefix", value: "index.docker.io/team/" }));
  assert.equal(pinKey(parsePin("a".repeat(64))), pinKey(parsePin(`sha256:${"a".repeat(64)}`)));
  assert.notEqual(pinKey(parsePin("redis")), pinKey({ kind: "prefix", value: "redis" }));
});

test("a pin that the configuration states is told with its place, to people and to programs", () => {
  const pin = { kind: "label", value: "keep", statedIn: 'gc.pinned[2] of "/c.yaml"' } as const;
  assert.equal(describePin(pin), 'label keep (gc.pinned[2] of "/c.yaml")');
  assert.deepEqual(toPinJson(pin), pin);
  assert.deepEqual(toPinJson({ kind: "label", value: "keep", pinnedAtMs: 1 }), { kind: "label", value: "keep" });
});

test("parsePin() refuses a digest that is cut short, which would be a name of nothing", () => {
  for (const text of ["sha256:00", digest.slice(0, 19), `${digest}0`.slice(0, -5)]) {
    assert.throws(() => parsePin(text), {
      name: "ReferenceSyntaxError",
      message: `Cannot parse reference "${text}": found a part of a digest, expected all of it`,
    });
  }
  assert.throws(() => parsePin("No:such"), { name: "ReferenceSyntaxError" });
});
