import assert from "node:assert/strict";
import { test } from "node:test";
import { readMarathonApp } from "../../../../src/executor/translation/carriers/marathon.ts";
import type { Statement } from "../../../../src/executor/translation/statement.ts";
import { app02, app04, app06, app08, app11 } from "./marathon_specimens.ts";

const source = "TaskInfo.data";

const eras: { era: string; app: Record<string, unknown>; statement: Statement }[] = [
  { era: "the first mesos-docker's empty document", app: {}, statement: { source } },
  { era: "Marathon 0.2, whose image is argv's", app: app02, statement: { source, env: { GREETING: "hi" } } },
  { era: "Marathon 0.4", app: app04, statement: { source, env: { GREETING: "hi" }, image: "a/b:1" } },
  {
    era: "Marathon 0.6, whose cmd is argv",
    app: app06,
    statement: {
      source,
      env: { GREETING: "hi" },
      image: "a/b:1",
      parameters: [{ key: "volume", value: "/x:/y", source }],
    },
  },
  {
    era: "Marathon 0.8",
    app: app08,
    statement: {
      source,
      env: { A: "1" },
      image: "reg.example:5000/web:2",
      privileged: "yes",
      network: { kind: "bridge" },
      ports: [
        { hostPort: 31000, containerPort: 80, protocol: "tcp" },
        { hostPort: 31001, containerPort: 31001, protocol: "udp" },
      ],
      volumes: [
        { hostPath: "/srv/data", containerPath: "/data", mode: "ro" },
        { hostPath: "own", containerPath: "/tmp/own", mode: "rw" },
      ],
      parameters: [
        { key: "hostname", value: "web", source },
        { key: "cap-add", value: "NET_ADMIN", source },
      ],
      command: "exec httpd -f | tee log",
    },
  },
  {
    era: "Marathon 1.1",
    app: app11,
    statement: {
      source,
      env: { A: "1" },
      image: "web:2",
      pull: "always",
      network: { kind: "host" },
      command: ["httpd", "-f"],
    },
  },
];

for (const { era, app, statement } of eras) {
  test(`readMarathonApp() reads ${era}`, () => {
    assert.deepEqual(readMarathonApp(app), { statement, warnings: [] });
  });
}

const unheeded: { container: unknown; why: string }[] = [
  { container: null, why: "it is null" },
  { container: "docker:///a", why: "it is not an object" },
  { container: [], why: "it is not an object" },
  { container: {}, why: "its image is not docker:///…" },
  { container: { image: "busybox", options: ["-v", "/x:/y"] }, why: "its image is not docker:///…" },
  { container: { image: 1 }, why: "its image is not docker:///…" },
  { container: { image: null, options: [1] }, why: "its image is not docker:///…" },
  { container: { type: "DOCKER", docker: "web" }, why: "its docker is not an object" },
  { container: { type: "DOCKER", docker: { network: "BRIDGE" } }, why: "its docker names no image" },
  { container: { type: "DOCKER", docker: { image: ["web"] } }, why: "its docker names no image" },
  { container: { type: "DOCKER", docker: { image: " " } }, why: "its docker names no image" },
  { container: { type: "MESOS", docker: { image: "web" } }, why: "its type is not DOCKER" },
];

for (const { container, why } of unheeded) {
  test(`readMarathonApp() leaves the image to argv for container ${JSON.stringify(container)}`, () => {
    assert.deepEqual(readMarathonApp({ env: { X: "y" }, container }), {
      statement: { source, env: { X: "y" } },
      warnings: [`container is not heeded: ${why}`],
    });
  });
}

const environments: { env: unknown; read: Record<string, string> | undefined; warnings: string[] }[] = [
  { env: { A: 1, B: 1.5, C: true, D: "" }, read: { A: "1", B: "1.5", C: "true", D: "" }, warnings: [] },
  { env: null, read: undefined, warnings: [] },
  { env: ["A=b"], read: undefined, warnings: ["env is not heeded: it is not an object"] },
  { env: "A=b", read: undefined, warnings: ["env is not heeded: it is not an object"] },
  {
    env: { A: "a", B: null, C: ["c"], D: {} },
    read: { A: "a" },
    warnings: ["B", "C", "D"].map((name) => `env.${name} is not heeded: it is not a text`),
  },
];

for (const { env, read, warnings } of environments) {
  test(`readMarathonApp() reads env ${JSON.stringify(env)}`, () => {
    const statement = { source, ...(read ? { env: read } : {}) };
    assert.deepEqual(readMarathonApp({ env }), { statement, warnings });
  });
}

test("readMarathonApp() takes a variable by any name", () => {
  const { env } = readMarathonApp(JSON.parse('{"env": {"__proto__": "x", "constructor": "y"}}')).statement;
  assert.deepEqual(Object.entries(env ?? {}), [
    ["__proto__", "x"],
    ["constructor", "y"],
  ]);
});

test("readMarathonApp() takes nothing from what every object inherits", () => {
  const app = JSON.parse('{"container": {"__proto__": {"image": "docker:///a"}}}');
  assert.equal(readMarathonApp(app).statement.image, undefined);
});

test("readMarathonApp() refuses references to secrets, and names all of them", () => {
  const env = { A: "a", B: { secret: "first" }, C: { secret: "second" } };
  assert.throws(() => readMarathonApp({ env }), {
    name: "TaskError",
    code: "unsupported",
    message:
      'Cannot use TaskInfo.data: env.B refers to secret "first", which only Marathon can resolve; ' +
      'env.C refers to secret "second", which only Marathon can resolve',
  });
});

const deimos: { title: string; app: Record<string, unknown>; args?: string[]; warnings?: string[] }[] = [
  { title: "arguments without a command", app: {}, args: ["echo", "a//b"] },
  { title: "arguments beside an empty command", app: { cmd: " ", args: [] }, args: ["echo", "a//b"] },
  {
    title: "nothing beside a command",
    app: { cmd: "run" },
    warnings: ['container.options behind "//" is not heeded: the app has a command'],
  },
  {
    title: "nothing beside args",
    app: { args: ["run"] },
    warnings: ['container.options behind "//" is not heeded: the app has a command'],
  },
];

for (const { title, app, args, warnings = [] } of deimos) {
  test(`readMarathonApp() takes options behind deimos' // for ${title}`, () => {
    const container = { image: "docker://reg.example/a", options: ["-e", "URL=http://x", "//", "echo", "a//b"] };
    assert.deepEqual(readMarathonApp({ ...app, container }), {
      statement: {
        source,
        image: "reg.example/a",
        parameters: [{ key: "env", value: "URL=http://x", source }],
        ...(args ? { args } : {}),
      },
      warnings,
    });
  });
}

test("readMarathonApp() refuses options that are not texts", () => {
  const container = { image: "docker:///a", options: ["-p", 80] };
  assert.throws(() => readMarathonApp({ container }), {
    code: "unsupported",
    message: "Cannot use TaskInfo.data: container.options is not a list of texts",
  });
});

test("readMarathonApp() refuses options that docker run does not have", () => {
  const container = { image: "docker:///a", options: ["--no-such-option"] };
  assert.throws(() => readMarathonApp({ container }), { name: "TaskError", message: /no-such-option/ });
});
