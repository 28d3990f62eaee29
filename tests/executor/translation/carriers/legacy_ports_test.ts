// Ports of those who leave them to the executor, as the first mesos-docker took them (contract D.5).
import assert from "node:assert/strict";
import { test } from "node:test";
import { formatDocument } from "../../../../src/executor/translation/document.ts";
import { ports, type TaskInit } from "../../task_specimen.ts";
import { bytesOf, readVariables, translate } from "../translation_specimen.ts";

const json = (value: unknown): Uint8Array => bytesOf(JSON.stringify(value));

/** Forms by whether they leave ports to the executor. */
const forms: readonly { title: string; task: TaskInit; argv?: string[]; left: "yes" | "no" }[] = [
  { title: "argv alone", task: {}, argv: ["busybox"], left: "yes" },
  { title: "the first Marathon's JSON", task: { data: json({ env: {} }) }, argv: ["busybox"], left: "yes" },
  {
    title: "Marathon's JSON with an image",
    task: { data: json({ container: { image: "docker:///busybox" } }) },
    left: "yes",
  },
  {
    title: "Marathon's JSON with docker and no mappings",
    task: { data: json({ container: { docker: { image: "busybox", network: "BRIDGE" } } }) },
    left: "yes",
  },
  {
    title: "Marathon's JSON beside a TaskInfo.container",
    task: { container: {}, data: json({ container: { image: "docker:///busybox" } }) },
    left: "no",
  },
  { title: "Chronos' data", task: { data: bytesOf("busybox|x") }, left: "yes" },
  { title: "our document", task: { data: formatDocument({ image: "busybox" }) }, left: "no" },
  {
    title: "labels",
    task: { labels: { labels: [{ key: "mesos-docker/image", value: "busybox" }] } },
    left: "no",
  },
  { title: "TaskInfo.container", task: { container: { docker: { image: "busybox", network: 2 } } }, left: "no" },
  {
    title: "TaskInfo.container beside data of Singularity",
    task: { container: { docker: { image: "busybox", network: 2 } }, data: json({ cmd: "x" }) },
    left: "no",
  },
];

for (const { title, task, argv = [], left } of forms) {
  test(`${title} ${left === "yes" ? "leaves ports to the executor" : "states its ports itself"} (contract D.5)`, () => {
    const init = { ...task, resources: [ports([31_000, 31_001])] };
    assert.deepEqual(translate(init, { argv }).portsForExposed, left === "yes" ? [31_000, 31_001] : undefined);
    assert.equal("PORT0" in readVariables(init, { argv }), left === "yes");
  });
}

const portVariables: readonly { title: string; offered: [number, number][]; expected: object }[] = [
  { title: "none without ports", offered: [], expected: {} },
  {
    title: "in the order of the offer",
    offered: [
      [31_005, 31_006],
      [31_000, 31_000],
    ],
    expected: { PORT0: "31005", PORT1: "31006", PORT2: "31000", PORT: "31005", PORTS: "31005,31006,31000" },
  },
  {
    title: "none for a port of zero, which still counts",
    offered: [
      [0, 0],
      [31_000, 31_000],
    ],
    expected: { PORT1: "31000", PORTS: "0,31000" },
  },
];

for (const { title, offered, expected } of portVariables) {
  test(`variables of ports: ${title} (contract D.5)`, () => {
    const resources = offered.length > 0 ? [ports(...offered)] : [];
    assert.deepEqual(readVariables({ resources }, { argv: ["busybox"] }), expected);
  });
}

test("variables of ports that the executor was given win", () => {
  const executor = { command: { environment: { variables: [{ name: "PORT0", value: "1" }] } } };
  const variables = readVariables({ resources: [ports([31_000, 31_000])] }, { argv: ["busybox"], executor });
  assert.deepEqual(variables, { PORT0: "1", PORT: "31000", PORTS: "31000" });
});

test("no port is offered: nothing is published", () => {
  assert.equal("portsForExposed" in translate({}, { argv: ["busybox"] }), false);
});

for (const mode of ["host", "none", "container:other"]) {
  test(`a network that has no ports of its own publishes none: ${mode}`, () => {
    const data = json({ container: { image: "docker:///busybox", options: [`--net=${mode}`] } });
    const spec = translate({ data, resources: [ports([31_000, 31_000])] });
    assert.equal(spec.container.HostConfig?.NetworkMode, mode);
    assert.equal("portsForExposed" in spec, false);
  });
}
