import assert from "node:assert/strict";
import { test } from "node:test";
import { readMarathonApp } from "../../../../src/executor/translation/carriers/marathon.ts";
import type { Statement } from "../../../../src/executor/translation/statement.ts";

const source = "TaskInfo.data";

function read(docker: object, rest: { app?: object; volumes?: unknown; offeredPorts?: number[] } = {}) {
  const { app, volumes, ...options } = rest;
  const container = { type: "DOCKER", docker: { image: "web", ...docker }, ...(volumes ? { volumes } : {}) };
  return readMarathonApp({ ...app, container }, options);
}

const readings: { title: string; docker: object; app?: object; volumes?: unknown; stated: Partial<Statement> }[] = [
  { title: "an image alone", docker: {}, stated: {} },
  { title: "an image by its URL", docker: { image: "docker:///a/b" }, stated: { image: "a/b" } },
  { title: "nothing of nulls", docker: { network: null, parameters: null, privileged: null }, stated: {} },
  { title: "network NONE", docker: { network: "NONE" }, stated: { network: { kind: "none" } } },
  {
    title: "network USER",
    docker: { network: "USER" },
    app: { ipAddress: { networkName: "blue", groups: [], labels: {} } },
    stated: { network: { kind: "user", name: "blue" } },
  },
  { title: "no pull where none is forced", docker: { forcePullImage: false }, stated: {} },
  { title: "cmd before args", docker: {}, app: { cmd: "a", args: ["b"] }, stated: { command: "a" } },
  { title: "no command of nothing", docker: {}, app: { cmd: "", args: [] }, stated: {} },
  {
    title: "parameters as an object",
    docker: { parameters: { hostname: "web", "cap-add": ["A", "B"], "pids-limit": 10, init: true } },
    stated: {
      parameters: [
        { key: "hostname", value: "web", source },
        { key: "cap-add", value: "A", source },
        { key: "cap-add", value: "B", source },
        { key: "pids-limit", value: "10", source },
        { key: "init", value: "true", source },
      ],
    },
  },
  {
    title: "a parameter whose value is empty or a number",
    docker: {
      parameters: [
        { key: "init", value: "" },
        { key: "cpus", value: 1.5 },
      ],
    },
    stated: {
      parameters: [
        { key: "init", value: "", source },
        { key: "cpus", value: "1.5", source },
      ],
    },
  },
  {
    title: "an external volume with its driver",
    docker: {},
    volumes: [
      {
        containerPath: "/db",
        mode: "RW",
        external: { name: "db", provider: "dvdi", options: { "dvdi/driver": "rexray" } },
      },
    ],
    stated: { volumes: [{ hostPath: "db", containerPath: "/db", mode: "rw", driver: "rexray" }] },
  },
  {
    title: "persistent volumes from the resources alone",
    docker: {},
    volumes: [{ containerPath: "data", mode: "RW", persistent: { size: 100 } }],
    stated: {},
  },
];

for (const { title, docker, app, volumes, stated } of readings) {
  test(`readMarathonApp() states ${title}`, () => {
    const { statement, warnings } = read(docker, { ...(app ? { app } : {}), volumes });
    assert.deepEqual(statement, { source, image: "web", ...stated });
    assert.deepEqual(warnings, []);
  });
}

const mappings: {
  title: string;
  portMappings: object[];
  offeredPorts?: number[];
  ports: [number, number, string][];
}[] = [
  {
    title: "tcp unless it is said",
    portMappings: [{ containerPort: 80, hostPort: 31000 }],
    ports: [[31000, 80, "tcp"]],
  },
  {
    title: "one mapping of two protocols",
    portMappings: [{ containerPort: 53, hostPort: 31000, protocol: "udp,tcp" }],
    ports: [
      [31000, 53, "udp"],
      [31000, 53, "tcp"],
    ],
  },
  {
    title: "protocols of any case, with spaces, twice",
    portMappings: [{ containerPort: 53, hostPort: 31000, protocol: "UDP, udp" }],
    ports: [[31000, 53, "udp"]],
  },
  {
    title: "container port 0 as the host port",
    portMappings: [{ containerPort: 0, hostPort: 31000, protocol: "tcp" }],
    ports: [[31000, 31000, "tcp"]],
  },
  {
    title: "host port 0 as it is, without a list of offered ports",
    portMappings: [{ containerPort: 80, hostPort: 0, protocol: "tcp" }],
    ports: [[0, 80, "tcp"]],
  },
  {
    title: "host port 0 as the next offered port that no other mapping fixes",
    portMappings: [
      { containerPort: 80, hostPort: 0, protocol: "tcp,udp" },
      { containerPort: 81, hostPort: 31000, protocol: "tcp" },
      { containerPort: 0, hostPort: 0, protocol: "tcp" },
    ],
    offeredPorts: [31000, 31001, 31005],
    ports: [
      [31001, 80, "tcp"],
      [31001, 80, "udp"],
      [31000, 81, "tcp"],
      [31005, 31005, "tcp"],
    ],
  },
];

for (const { title, portMappings, offeredPorts, ports } of mappings) {
  test(`readMarathonApp() maps ${title}`, () => {
    const { statement } = read({ network: "BRIDGE", portMappings }, offeredPorts ? { offeredPorts } : {});
    assert.deepEqual(
      statement.ports,
      ports.map(([hostPort, containerPort, protocol]) => ({ hostPort, containerPort, protocol })),
    );
  });
}

test("readMarathonApp() leaves the list of offered ports as it is", () => {
  const offeredPorts = [31000];
  read({ portMappings: [{ containerPort: 80, hostPort: 0 }] }, { offeredPorts });
  assert.deepEqual(offeredPorts, [31000]);
});

const volume = (rest: object) => [{ containerPath: "/a", hostPath: "/b", mode: "RW", ...rest }];
const external = (rest: object) =>
  volume({ hostPath: null, external: { name: "db", provider: "dvdi", options: { "dvdi/driver": "d" }, ...rest } });

const faults: { docker?: object; volumes?: unknown; app?: object; fault: string }[] = [
  { docker: { network: "MESH" }, fault: "docker.network is none of HOST, BRIDGE, NONE and USER" },
  { docker: { network: "USER" }, fault: "docker.network is USER, and ipAddress.networkName is missing" },
  { docker: { network: 1 }, fault: "docker.network is not a text" },
  { docker: { privileged: "true" }, fault: "docker.privileged is not true or false" },
  { docker: { forcePullImage: 1 }, fault: "docker.forcePullImage is not true or false" },
  { docker: { portMappings: {} }, fault: "docker.portMappings is not a list of objects" },
  { docker: { portMappings: [1] }, fault: "docker.portMappings is not a list of objects" },
  { docker: { portMappings: [{ hostPort: "1" }] }, fault: "docker.portMappings[0].hostPort is not a whole number" },
  { docker: { portMappings: [{ hostPort: -1 }] }, fault: "docker.portMappings[0].hostPort is not a whole number" },
  {
    docker: { portMappings: [{ containerPort: 1.5 }] },
    fault: "docker.portMappings[0].containerPort is not a whole number",
  },
  { docker: { portMappings: [{}, { hostPort: 65536 }] }, fault: "docker.portMappings[1].hostPort is above 65535" },
  { docker: { portMappings: [{ protocol: "icmp" }] }, fault: "docker.portMappings[0].protocol is neither tcp nor udp" },
  { docker: { parameters: "x" }, fault: "docker.parameters is not a list of objects" },
  { docker: { parameters: [{ value: "x" }] }, fault: "docker.parameters[0].key is missing" },
  { docker: { parameters: [{ key: "a" }] }, fault: "docker.parameters[0].value is not a text" },
  { docker: { parameters: { a: { b: "c" } } }, fault: "docker.parameters.a is not a text" },
  { volumes: "x", fault: "volumes is not a list of objects" },
  { volumes: volume({ containerPath: null }), fault: "volumes[0].containerPath is missing" },
  { volumes: volume({ hostPath: null }), fault: "volumes[0].hostPath is missing" },
  { volumes: volume({ mode: null }), fault: "volumes[0].mode is neither RW nor RO" },
  { volumes: external({ name: null }), fault: "volumes[0].external.name is missing" },
  { volumes: external({ provider: "agent" }), fault: "volumes[0].external.provider is not dvdi" },
  { volumes: external({ options: {} }), fault: "volumes[0].external.options.dvdi/driver is missing" },
];

for (const { docker = {}, volumes, app, fault } of faults) {
  test(`readMarathonApp() refuses an app whose container.${fault}`, () => {
    assert.throws(() => read(docker, { ...(app ? { app } : {}), volumes }), {
      name: "TaskError",
      code: "unsupported",
      message: `Cannot use TaskInfo.data: container.${fault}`,
    });
  });
}

test("readMarathonApp() refuses a mapping for which no offered port is left", () => {
  const portMappings = [
    { containerPort: 80, hostPort: 0 },
    { containerPort: 81, hostPort: 0 },
  ];
  assert.throws(() => read({ portMappings }, { offeredPorts: [31000] }), {
    message:
      "Cannot use TaskInfo.data: container.docker.portMappings[1].hostPort is 0, and no offered port is left for it",
  });
});

test("readMarathonApp() names all faults at once", () => {
  const app = { env: { A: { secret: "s" } }, args: "x" };
  assert.throws(() => read({ network: "MESH", privileged: "no" }, { app, volumes: volume({ mode: "x" }) }), {
    message:
      'Cannot use TaskInfo.data: env.A refers to secret "s", which only Marathon can resolve; ' +
      "container.volumes[0].mode is neither RW nor RO; container.docker.network is none of HOST, BRIDGE, NONE and USER; " +
      "args is not a list of texts; container.docker.privileged is not true or false",
  });
});

test("readMarathonApp() warns of options of an external volume that Docker's volumes do not take", () => {
  const volumes = external({ options: { "dvdi/driver": "rexray", "dvdi/size": "5" } });
  assert.deepEqual(read({}, { volumes }).warnings, [
    "container.volumes[0].external.options.dvdi/size is not heeded: it is not for Docker's volumes",
  ]);
});
