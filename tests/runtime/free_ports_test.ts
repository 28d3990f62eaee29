import assert from "node:assert/strict";
import { type AddressInfo, createServer } from "node:net";
import { test } from "node:test";
import { findFreePorts } from "../../src/runtime/free_ports.ts";

for (const host of ["127.0.0.1", "0.0.0.0"]) {
  test(`findFreePorts() leaves out what something listens on at ${host}`, async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, host, resolve));
    const { port } = server.address() as AddressInfo;
    assert.deepEqual(await findFreePorts(1, { begin: port, end: port }), []);
    await new Promise((resolve) => server.close(resolve));
    assert.deepEqual(await findFreePorts(1, { begin: port, end: port }), [port]);
  });
}

test("findFreePorts() gives different ports of the range, as many as wanted and no more", async () => {
  const range = { begin: 41_000, end: 41_200 };
  const ports = await findFreePorts(5, range);
  assert.equal(new Set(ports).size, 5);
  assert.ok(ports.every((port) => port >= range.begin && port <= range.end));
  assert.deepEqual(await findFreePorts(0, range), []);
  assert.deepEqual(await findFreePorts(3, { begin: 41_200, end: 41_199 }), []);
});

test("findFreePorts() goes round from the port that it is told to begin with", async () => {
  // Below the ports that Linux gives away itself, so that nobody takes one meanwhile.
  const range = { begin: 20_301, end: 20_310 };
  const all = await findFreePorts(10, range);
  const from = 20_304;
  const round = await findFreePorts(10, range, { from });
  assert.deepEqual(round, [...all.filter((port) => port >= from), ...all.filter((port) => port < from)]);
});
