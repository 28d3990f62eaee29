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
  refused({ name: "disk", disk: { volume: { containerPath: "data", mode: 1 } } }, /has "disk"/);
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

const volumes = [{ id: "data", size: 20, containerPath: "data" }];

test("allocate() cuts a persistent volume from the disk once, and gives the same one again", () => {
  const ledger = new Ledger(offered);
  const request = { cpus: 1, mem: 1, role: "db", volumes };
  const given = ledger.allocate(request);
  assert.deepEqual(
    given.map(({ name, allocationInfo, reservations }) => [
      name,
      allocationInfo?.role,
      reservations.map((r) => r.role),
    ]),
    [
      ["cpus", "db", []],
      ["mem", "db", []],
      ["disk", "db", ["db"]],
    ],
  );
  assert.deepEqual(given[2]?.disk?.persistence?.id, "data");
  assert.throws(() => ledger.allocate({ cpus: 0, mem: 0, disk: 31 }), refusal("resources", /31 disk: 30 free/));
  ledger.use("launch it", given);
  assert.throws(() => ledger.allocate(request), refusal("resources", /volume "data": it is taken$/));
  ledger.free(given);
  const larger = { ...request, volumes: [{ id: "data", size: 21, containerPath: "data" }] };
  assert.throws(() => ledger.allocate(larger), refusal("resources", /volume "data": it has 20 MB$/));
  ledger.use("launch it", ledger.allocate(request));
  ledger.allocate({ cpus: 0, mem: 0, disk: 30 });
});

test("allocate() makes persistent volumes of reserved disk alone", () => {
  const ledger = new Ledger(offered);
  const request = { cpus: 1, mem: 1, volumes };
  assert.throws(() => ledger.allocate(request), refusal("invalid", /volume "data": unreserved disk cannot be one$/));
  const huge = { ...request, role: "db", volumes: [{ id: "data", size: 51, containerPath: "data" }] };
  assert.throws(() => ledger.allocate(huge), refusal("resources", /^Cannot allocate 51 disk: 50 free$/));
  ledger.allocate({ ...request, role: "db" });
});

test("use() takes persistent volumes as they were allocated, or refuses what a master would", () => {
  const ledger = new Ledger(offered);
  const role = "db";
  const [, , given] = ledger.allocate({ cpus: 1, mem: 1, role, volumes });
  const { persistence, volume } = given?.disk ?? {};
  const base = { name: "disk", type: Value_Type.SCALAR, scalar: { value: 20 }, reservations: [{ role }] };
  const refused = (resource: object, code: EmbeddedAgentErrorCode, message: RegExp) =>
    assert.throws(
      () => ledger.use("launch it", toResources([{ ...base, disk: { persistence, volume }, ...resource }])),
      refusal(code, message),
    );
  const place = (said: object) => ({
    disk: { persistence, volume: { mode: 1 as const, containerPath: "x", ...said } },
  });
  refused({ reservations: [] }, "invalid", /volume "data": its disk is not reserved$/);
  refused({ disk: { persistence } }, "invalid", /it has no volume$/);
  refused({ disk: { persistence: { id: "a/b" }, volume } }, "invalid", /id contains a slash/);
  refused(place({ containerPath: "/data" }), "invalid", /container_path is "\/data", expected one name/);
  refused(place({ containerPath: "a/b" }), "invalid", /container_path is "a\/b", expected one name/);
  refused(place({ hostPath: "/x" }), "invalid", /its volume has a host_path$/);
  refused({ scalar: { value: 19 } }, "resources", /volume "data" of 19 MB is not allocated$/);
  refused({ reservations: [{ role: "other" }] }, "resources", /volume "data" of 20 MB is not allocated$/);
  refused({ disk: { persistence, volume, source: { type: 2 } } }, "unsupported", /its disk has a source/);
  ledger.use("launch it", toResources([{ ...base, ...place({ containerPath: "elsewhere", mode: 2 as const }) }]));
});

test("allocate() knows what else an operator offers by its name", () => {
  const ledger = new Ledger({ ...offered, custom: { licences: 3 } });
  const [, , licences] = ledger.allocate({ cpus: 1, mem: 1, custom: { licences: 2 } });
  assert.deepEqual([licences?.name, licences?.scalar?.value], ["licences", 2]);
  const more = { cpus: 0, mem: 0, custom: { licences: 2 } };
  assert.throws(() => ledger.allocate(more), refusal("resources", /^Cannot allocate 2 licences: 1 free$/));
});
