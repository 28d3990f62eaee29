import assert from "node:assert/strict";
import { test } from "node:test";
import { toResources } from "../../../../src/mesos/embedded/messages.ts";
import { EmbeddedAgentError, type EmbeddedAgentErrorCode } from "../../../../src/mesos/embedded/mod.ts";
import { Ledger } from "../../../../src/mesos/embedded/offers/ledger.ts";
import { Value_Type } from "../../../../src/mesos/protocol.ts";

const offered = {
  cpus: 2,
  mem: 100,
  disk: 50,
  gpus: 1,
  ports: [
    { begin: 10, end: 12 },
    { begin: 20, end: 20 },
  ],
};

function refusal(code: EmbeddedAgentErrorCode, message: RegExp) {
  return (error: unknown) => error instanceof EmbeddedAgentError && error.code === code && message.test(error.message);
}

test("allocate() gives resources as an offer has them: allocated to the role *", () => {
  const [cpus, mem, ports, ...rest] = new Ledger(offered).allocate({ cpus: 0.5, mem: 32, ports: [10, 11, 20] });
  assert.deepEqual(rest, []);
  assert.deepEqual([cpus?.name, cpus?.type, cpus?.scalar?.value], ["cpus", Value_Type.SCALAR, 0.5]);
  assert.deepEqual([mem?.name, mem?.scalar?.value], ["mem", 32]);
  assert.equal(ports?.type, Value_Type.RANGES);
  assert.deepEqual(
    ports?.ranges?.range.map(({ begin, end }) => [begin, end]),
    [
      [10n, 11n],
      [20n, 20n],
    ],
  );
  for (const resource of [cpus, mem, ports]) assert.equal(resource?.allocationInfo?.role, "*");
});

test("allocate() counts in thousandths, so that tenths add up", () => {
  const ledger = new Ledger({ ...offered, cpus: 0.3 });
  for (let turn = 0; turn < 3; turn++) ledger.allocate({ cpus: 0.1, mem: 0 });
  assert.throws(() => ledger.allocate({ cpus: 0.001, mem: 0 }), refusal("resources", /0.001 cpus: 0 free/));
});

test("allocate() takes the lowest free ports when it is only told how many", () => {
  const ledger = new Ledger(offered);
  ledger.allocate({ cpus: 0, mem: 0, ports: [11] });
  const [ports] = ledger.allocate({ cpus: 0, mem: 0, ports: 2 });
  assert.deepEqual(
    ports?.ranges?.range.map(({ begin, end }) => [begin, end]),
    [
      [10n, 10n],
      [12n, 12n],
    ],
  );
  assert.throws(() => ledger.allocate({ cpus: 0, mem: 0, ports: 2 }), refusal("resources", /2 ports: 1 free/));
});

test("allocate() names what is short, outside or taken, and then takes nothing", () => {
  const ledger = new Ledger(offered);
  const refused = (request: Parameters<Ledger["allocate"]>[0], code: EmbeddedAgentErrorCode, message: RegExp) =>
    assert.throws(() => ledger.allocate(request), refusal(code, message));
  refused({ cpus: 3, mem: 1 }, "resources", /^Cannot allocate 3 cpus: 2 free$/);
  refused({ cpus: 1, mem: 101 }, "resources", /^Cannot allocate 101 mem: 100 free$/);
  refused({ cpus: 1, mem: 1, disk: 51 }, "resources", /^Cannot allocate 51 disk: 50 free$/);
  refused({ cpus: 1, mem: 1, gpus: 2 }, "resources", /^Cannot allocate 2 gpus: 1 free$/);
  refused({ cpus: 1, mem: 1, ports: [13] }, "ports", /^Cannot allocate port 13: this agent offers 10-12, 20-20$/);
  ledger.allocate({ cpus: 2, mem: 100, disk: 50, gpus: 1, ports: [10] });
  refused({ cpus: 0, mem: 0, ports: [10] }, "ports", /^Cannot allocate port 10: it is taken$/);
});

test("allocate() refuses what is no number of resources", () => {
  const ledger = new Ledger(offered);
  assert.throws(() => ledger.allocate({ cpus: -1, mem: 1 }), RangeError);
  assert.throws(() => ledger.allocate({ cpus: Number.NaN, mem: 1 }), RangeError);
  assert.throws(() => ledger.allocate({ cpus: 1, mem: 1, ports: -1 }), RangeError);
});

test("use() takes only what was allocated; free() and decline() give it back", () => {
  const ledger = new Ledger(offered);
  const given = ledger.allocate({ cpus: 1, mem: 50, ports: [10] });
  const more = toResources([{ name: "cpus", type: Value_Type.SCALAR, scalar: { value: 1.5 } }]);
  assert.throws(() => ledger.use("launch it", more), refusal("resources", /launch it: it takes 1.5 cpus, 1 allocated/));
  const other = toResources([
    { name: "ports", type: Value_Type.RANGES, ranges: { range: [{ begin: 11n, end: 11n }] } },
  ]);
  assert.throws(() => ledger.use("launch it", other), refusal("ports", /port 11 is not allocated/));
  ledger.use("launch it", given);
  assert.throws(() => ledger.use("launch it", given), refusal("resources", /0 allocated/));
  ledger.free(given);
  ledger.decline(ledger.allocate({ cpus: 2, mem: 100, ports: 4 }));
  ledger.allocate({ cpus: 2, mem: 100, ports: 4 });
});

test("use() refuses resources that this agent never offers", () => {
  const ledger = new Ledger(offered);
  const scalar = { name: "cpus", type: Value_Type.SCALAR, scalar: { value: 1 } };
  const refused = (resource: object, message: RegExp) =>
    assert.throws(
      () => ledger.use("launch it", toResources([{ ...scalar, ...resource }])),
      refusal("unsupported", message),
    );
  refused({ reservations: [{ role: "prod" }] }, /it is reserved/);
  refused({ name: "disk", disk: { persistence: { id: "p", principal: "me" } } }, /has "disk"/);
  refused({ revocable: {} }, /has "revocable"/);
  refused({ type: Value_Type.SET, set: { item: ["a"] } }, /its type/);
  const ports = { name: "ports", type: Value_Type.RANGES };
  const twice = toResources([
    {
      ...ports,
      ranges: {
        range: [
          { begin: 1n, end: 2n },
          { begin: 2n, end: 2n },
        ],
      },
    },
  ]);
  assert.throws(() => ledger.use("launch it", twice), refusal("ports", /port 2 twice/));
  const huge = toResources([{ ...ports, ranges: { range: [{ begin: 1n, end: 1n << 40n }] } }]);
  assert.throws(() => ledger.use("launch it", huge), refusal("ports", /larger than 65535/));
});
