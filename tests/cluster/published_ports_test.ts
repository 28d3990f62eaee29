import assert from "node:assert/strict";
import { test } from "node:test";
import { readPublishedPorts } from "../../src/cluster/published_ports.ts";

const data = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));

test("readPublishedPorts() finds each bound port of the first inspection", () => {
  const Ports = {
    "6379/tcp": [
      { HostIp: "0.0.0.0", HostPort: "31000" },
      { HostIp: "::", HostPort: "31000" },
    ],
    "53/udp": [{ HostIp: "", HostPort: "31001" }],
    "80/tcp": null,
    "81/tcp": [],
  };
  assert.deepEqual(readPublishedPorts(data([{ NetworkSettings: { Ports } }])), [
    { containerPort: 6379, protocol: "tcp", hostPort: 31_000 },
    { containerPort: 53, protocol: "udp", hostPort: 31_001 },
  ]);
});

for (const [name, bytes] of [
  ["nothing", new Uint8Array()],
  ["no JSON", new TextEncoder().encode("{")],
  ["an object", data({})],
  ["an empty array", data([])],
  ["null", data(null)],
  ["no ports", data([{ NetworkSettings: { Ports: null } }])],
] as const) {
  test(`readPublishedPorts() finds none in ${name}`, () => {
    assert.deepEqual(readPublishedPorts(bytes), []);
  });
}
