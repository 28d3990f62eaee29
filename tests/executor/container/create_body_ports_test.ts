import assert from "node:assert/strict";
import { test } from "node:test";
import { mapExposed, toContainerCreate } from "../../../src/executor/container/create_body.ts";
import type { PortMapping } from "../../../src/executor/task/task_spec.ts";
import { createSpec } from "../task_specimen.ts";

const named = { name: "task-t1-00", labels: {}, binds: [], mounts: [] };

const mapping = (hostPort: number, rest: Partial<PortMapping> = {}): PortMapping => ({
  hostPort,
  containerPort: 80,
  protocol: "tcp",
  ...rest,
});

test("toContainerCreate() binds one port, and says nothing of ports without one", () => {
  const bound = toContainerCreate(createSpec({ ports: [mapping(31_001)] }), named).body;
  assert.deepEqual(bound.ExposedPorts, { "80/tcp": {} });
  assert.deepEqual(bound.HostConfig?.PortBindings, { "80/tcp": [{ HostPort: "31001" }] });
  const unbound = toContainerCreate(createSpec(), named).body;
  assert.equal("ExposedPorts" in unbound, false);
  assert.equal("PortBindings" in (unbound.HostConfig ?? {}), false);
});

test("toContainerCreate() binds several host ports to one port of the container, and to one address of the host", () => {
  const spec = createSpec({ ports: [mapping(31_001), mapping(31_002, { hostIp: "127.0.0.1" })] });
  const { ExposedPorts, HostConfig } = toContainerCreate(spec, named).body;
  assert.deepEqual(ExposedPorts, { "80/tcp": {} });
  assert.deepEqual(HostConfig?.PortBindings, {
    "80/tcp": [{ HostPort: "31001" }, { HostIp: "127.0.0.1", HostPort: "31002" }],
  });
});

test("toContainerCreate() binds ports that the image exposes beside the task's own, and keeps what else is exposed", () => {
  const container = { ExposedPorts: { "9/udp": {} }, HostConfig: {} };
  const spec = createSpec({ container, ports: [mapping(31_001)] });
  const exposed = [mapping(31_002, { containerPort: 443 })];
  const { ExposedPorts, HostConfig } = toContainerCreate(spec, { ...named, exposed }).body;
  assert.deepEqual(ExposedPorts, { "9/udp": {}, "80/tcp": {}, "443/tcp": {} });
  assert.deepEqual(HostConfig?.PortBindings, { "80/tcp": [{ HostPort: "31001" }], "443/tcp": [{ HostPort: "31002" }] });
});

const exposures: readonly { title: string; exposed: string[]; offered: number[]; expected: [number, string][] }[] = [
  { title: "nothing to nothing", exposed: [], offered: [1, 2], expected: [] },
  {
    title: "the lowest number first, not as texts",
    exposed: ["443/tcp", "80/tcp", "9/tcp"],
    offered: [3, 1, 2],
    expected: [
      [3, "9/tcp"],
      [1, "80/tcp"],
      [2, "443/tcp"],
    ],
  },
  {
    title: "both protocols of a number",
    exposed: ["53/udp", "53/tcp"],
    offered: [1, 2],
    expected: [
      [1, "53/tcp"],
      [2, "53/udp"],
    ],
  },
  { title: "too few host ports", exposed: ["80/tcp", "443/tcp"], offered: [1], expected: [[1, "80/tcp"]] },
  { title: "too many host ports", exposed: ["80/tcp"], offered: [1, 2], expected: [[1, "80/tcp"]] },
  { title: "a port without its protocol", exposed: ["80"], offered: [1], expected: [[1, "80/tcp"]] },
];

for (const { title, exposed, offered, expected } of exposures) {
  test(`mapExposed() maps ${title} (contract D.5)`, () => {
    const mapped = mapExposed(exposed, createSpec({ portsForExposed: offered }));
    assert.deepEqual(
      mapped.map(({ hostPort, containerPort, protocol }) => [hostPort, `${containerPort}/${protocol}`]),
      expected,
    );
  });
}

test("mapExposed() leaves out what the task has mapped itself", () => {
  const spec = createSpec({ ports: [mapping(9)], portsForExposed: [1] });
  assert.deepEqual(mapExposed(["80/tcp", "443/tcp"], spec), [mapping(1, { containerPort: 443 })]);
});

test("mapExposed() maps nothing when nothing is left for it", () => {
  assert.deepEqual(mapExposed(["80/tcp"], createSpec()), []);
});
