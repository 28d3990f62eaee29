import assert from "node:assert/strict";
import { test } from "node:test";
import { TaskError } from "../../../../src/executor/task/task_error.ts";
import { readDocument } from "../../../../src/executor/translation/carriers/task_document.ts";
import type { Statement } from "../../../../src/executor/translation/statement.ts";

const source = "TaskInfo.data";

const table: readonly { fields: object; stated: Omit<Statement, "source"> }[] = [
  { fields: {}, stated: {} },
  { fields: { image: "busybox" }, stated: { image: "busybox" } },
  { fields: { imageArchive: "a/..b/c.tar" }, stated: { imageArchive: "a/..b/c.tar" } },
  { fields: { pull: "always" }, stated: { pull: "always" } },
  { fields: { platform: "linux/arm64" }, stated: { platform: "linux/arm64" } },
  { fields: { entrypoint: ["/e"] }, stated: { entrypoint: ["/e"] } },
  { fields: { command: "a b" }, stated: { command: "a b" } },
  { fields: { command: ["a", ""] }, stated: { command: ["a", ""] } },
  { fields: { args: ["a"] }, stated: { args: ["a"] } },
  { fields: { env: { A: "", Ü: "€" } }, stated: { env: { A: "", Ü: "€" } } },
  { fields: { user: "1:2" }, stated: { user: "1:2" } },
  { fields: { workdir: "/w" }, stated: { workdir: "/w" } },
  { fields: { hostname: "db" }, stated: { hostname: "db" } },
  ...(["host", "bridge", "none"] as const).map((kind) => ({
    fields: { network: kind },
    stated: { network: { kind } },
  })),
  { fields: { network: "web" }, stated: { network: { kind: "user", name: "web" } } },
  { fields: { privileged: true }, stated: { privileged: "yes" } },
  { fields: { privileged: false }, stated: { privileged: "no" } },
  {
    fields: { ports: [{ hostPort: 1, containerPort: 65_535, protocol: "sctp" }] },
    stated: { ports: [{ hostPort: 1, containerPort: 65_535, protocol: "sctp" }] },
  },
  {
    fields: { volumes: [{ hostPath: "/h", containerPath: "/c" }] },
    stated: { volumes: [{ hostPath: "/h", containerPath: "/c", mode: "rw" }] },
  },
  {
    fields: { volumes: [{ hostPath: "v", containerPath: "/c", mode: "ro", driver: "d", options: { a: "b" } }] },
    stated: { volumes: [{ hostPath: "v", containerPath: "/c", mode: "ro", driver: "d", options: { a: "b" } }] },
  },
  {
    fields: { parameters: [{ key: "k", value: "v" }] },
    stated: { parameters: [{ key: "k", value: "v", source: `${source} parameters` }] },
  },
  { fields: { stopSignal: "SIGUSR1" }, stated: { stopSignal: "SIGUSR1" } },
  { fields: { logs: {} }, stated: { logs: {} } },
  { fields: { logs: { maxSize: 1000 } }, stated: { logs: { maxBytes: 1000 } } },
  { fields: { logs: { maxSize: "1.5k", maxFiles: 1 } }, stated: { logs: { maxBytes: 1536, maxFiles: 1 } } },
];

for (const { fields, stated } of table) {
  test(`readDocument() reads ${JSON.stringify(fields)}`, () => {
    assert.deepEqual(readDocument({ mesosDocker: 1, ...fields }, source), { source, ...stated });
  });
}

const faults: readonly { document: unknown; found: string }[] = [
  { document: { mesosDocker: 2 }, found: '"mesosDocker" is not 1' },
  { document: { mesosDocker: "1" }, found: '"mesosDocker" is not 1' },
  { document: { mesosDocker: null }, found: '"mesosDocker" is not 1' },
  { document: {}, found: '"mesosDocker" is missing' },
  { document: { mesosDocker: 1, imag: "x" }, found: '"imag" is unknown' },
  { document: { mesosDocker: 1, environment: {} }, found: '"environment" is unknown' },
  { document: { mesosDocker: 1, toString: 1 }, found: '"toString" is unknown' },
  { document: JSON.parse('{"mesosDocker":1,"__proto__":{"image":"x"}}'), found: '"__proto__" is unknown' },
  { document: { mesosDocker: 1, image: "" }, found: '"image" is not the name of an image' },
  { document: { mesosDocker: 1, image: 1 }, found: '"image" is not text' },
  { document: { mesosDocker: 1, pull: "secret" }, found: '"pull" is not always, missing or never' },
  {
    document: { mesosDocker: 1, command: 1 },
    found: '"command" is not a text, which /bin/sh runs, or a list of texts',
  },
  {
    document: { mesosDocker: 1, command: ["x", 1] },
    found: '"command" is not a text, which /bin/sh runs, or a list of texts',
  },
  {
    document: { mesosDocker: 1, command: null },
    found: '"command" is not a text, which /bin/sh runs, or a list of texts',
  },
  { document: { mesosDocker: 1, entrypoint: "secret" }, found: '"entrypoint" is not a list of texts' },
  { document: { mesosDocker: 1, entrypoint: {} }, found: '"entrypoint" is not a list of texts' },
  { document: { mesosDocker: 1, args: [1] }, found: '"args.0" is not text' },
  { document: { mesosDocker: 1, env: ["A"] }, found: '"env" is not an object of texts' },
  { document: { mesosDocker: 1, env: null }, found: '"env" is not an object of texts' },
  { document: { mesosDocker: 1, env: { A: 1 } }, found: '"env.A" is not text' },
  { document: { mesosDocker: 1, network: "" }, found: '"network" is not bridge, host, none, or the name of a network' },
  { document: { mesosDocker: 1, privileged: "true" }, found: '"privileged" is not true or false' },
  { document: { mesosDocker: 1, ports: {} }, found: '"ports" is not a list of ports' },
  { document: { mesosDocker: 1, ports: [{ hostPort: 1 }] }, found: '"ports.0.containerPort" is missing' },
  {
    document: { mesosDocker: 1, ports: [{ hostPort: 0, containerPort: 65_536 }] },
    found: '"ports.0.hostPort" is not a port; "ports.0.containerPort" is not a port',
  },
  {
    document: { mesosDocker: 1, ports: [{ hostPort: 1.5, containerPort: "80", protocol: "icmp" }] },
    found:
      '"ports.0.hostPort" is not a port; "ports.0.containerPort" is not a port; ' +
      '"ports.0.protocol" is not tcp, udp or sctp',
  },
  {
    document: { mesosDocker: 1, volumes: [{ hostPath: "", containerPath: "/c", mode: "RW", size: 1 }] },
    found: '"volumes.0.hostPath" is not a path; "volumes.0.mode" is not rw or ro; "volumes.0.size" is unknown',
  },
  { document: { mesosDocker: 1, volumes: ["secret"] }, found: '"volumes.0" is not an object' },
  {
    document: { mesosDocker: 1, parameters: [{ key: "k" }, { key: "k", value: 1 }] },
    found: '"parameters.0.value" is missing; "parameters.1.value" is not text',
  },
  { document: { mesosDocker: 1, logs: { maxSize: "secret" } }, found: '"logs.maxSize" is not a size such as 10m' },
  { document: { mesosDocker: 1, logs: { maxSize: 0 } }, found: '"logs.maxSize" is not a size such as 10m' },
  { document: { mesosDocker: 1, logs: { maxSize: "0" } }, found: '"logs.maxSize" is not a size such as 10m' },
  { document: { mesosDocker: 1, logs: { maxSize: "0.0k" } }, found: '"logs.maxSize" is not a size such as 10m' },
  { document: { mesosDocker: 1, logs: { maxFiles: 0 } }, found: '"logs.maxFiles" is not 1 or more' },
  { document: { mesosDocker: 1, logs: { maxFiles: 1.5 } }, found: '"logs.maxFiles" is not a whole number' },
  {
    document: { mesosDocker: 1, env: { A: 1 }, entrypoint: "secret", image: {}, whatever: "secret" },
    found: '"image" is not text; "entrypoint" is not a list of texts; "env.A" is not text; "whatever" is unknown',
  },
];

for (const { document, found } of faults) {
  test(`readDocument() refuses ${JSON.stringify(document)}: names all, repeats no value`, () => {
    assert.throws(() => readDocument(document, source), new TaskError("invalid", `Cannot use TaskInfo.data: ${found}`));
  });
}

for (const imageArchive of ["", "/a.tar", "..", "../a.tar", "a/../b.tar", "a\n/.."]) {
  test(`readDocument() refuses ${JSON.stringify(imageArchive)} for a path in the sandbox`, () => {
    const found = { message: /"imageArchive" is not a path in the sandbox, relative to it/ };
    assert.throws(() => readDocument({ mesosDocker: 1, imageArchive }, source), found);
  });
}
