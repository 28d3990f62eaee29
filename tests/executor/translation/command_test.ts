import assert from "node:assert/strict";
import { test } from "node:test";
import { formatDocument, type TaskDocument } from "../../../src/executor/translation/document.ts";
import type { TaskInit } from "../task_specimen.ts";
import { assertRefused, docker, readBody, translate } from "./translation_specimen.ts";

type Document = Omit<TaskDocument, "mesosDocker">;

interface Row {
  title: string;
  command?: TaskInit["command"];
  document?: Document;
  argv?: string[];
  expected: { Entrypoint?: string[]; Cmd?: string[]; User?: string };
}

const table: readonly Row[] = [
  { title: "leaves the image's own when nothing is said", expected: {} },
  {
    title: "gives a shell line to /bin/sh",
    command: { shell: true, value: "exit 0" },
    expected: { Entrypoint: ["/bin/sh"], Cmd: ["-c", "exit 0"] },
  },
  {
    title: "takes shell for granted, as its default says",
    command: { value: "exit 0" },
    expected: { Entrypoint: ["/bin/sh"], Cmd: ["-c", "exit 0"] },
  },
  {
    title: "ignores the arguments of a shell line",
    command: { shell: true, value: "exit 0", arguments: ["a"] },
    expected: { Entrypoint: ["/bin/sh"], Cmd: ["-c", "exit 0"] },
  },
  {
    title: "gives value and arguments to the image's entrypoint",
    command: { shell: false, value: "a", arguments: ["b", "c d"] },
    expected: { Cmd: ["a", "b", "c d"] },
  },
  {
    title: "gives arguments alone to the image's entrypoint",
    command: { shell: false, arguments: ["b", ""] },
    expected: { Cmd: ["b", ""] },
  },
  {
    title: "takes the document's when TaskInfo.command states none",
    command: { shell: false },
    document: { entrypoint: ["/e"] },
    expected: { Entrypoint: ["/e"] },
  },
  { title: "leaves the image's own for an empty command", command: { shell: false }, expected: {} },
  {
    title: "takes the document's",
    document: { entrypoint: ["/run"], command: ["x"] },
    expected: { Entrypoint: ["/run"], Cmd: ["x"] },
  },
  { title: "takes the document's command alone", document: { command: ["x"] }, expected: { Cmd: ["x"] } },
  {
    title: "takes the document's entrypoint alone",
    document: { entrypoint: ["/e"] },
    expected: { Entrypoint: ["/e"] },
  },
  { title: "takes the document's arguments alone", document: { args: ["a", "b"] }, expected: { Cmd: ["a", "b"] } },
  {
    title: "puts the document's arguments behind its command",
    document: { command: ["x"], args: ["a"] },
    expected: { Cmd: ["x", "a"] },
  },
  {
    title: "gives the document's line to /bin/sh",
    document: { command: "echo $A | wc" },
    expected: { Entrypoint: ["/bin/sh"], Cmd: ["-c", "echo $A | wc"] },
  },
  {
    title: "gives the document's arguments to its line as /bin/sh takes them, the first one as $0",
    document: { command: "echo $1", args: ["name", "a b"] },
    expected: { Entrypoint: ["/bin/sh"], Cmd: ["-c", "echo $1", "name", "a b"] },
  },
  { title: "takes argv", argv: ["echo", "hi"], expected: { Cmd: ["echo", "hi"] } },
  { title: "takes a single word of argv", argv: ["env"], expected: { Cmd: ["env"] } },
  {
    title: "prefers the document to argv",
    document: { command: ["x"] },
    argv: ["echo"],
    expected: { Cmd: ["x"] },
  },
  {
    title: "prefers TaskInfo.command to all",
    command: { shell: false, value: "a" },
    document: { entrypoint: ["/e"], command: ["x"] },
    argv: ["echo"],
    expected: { Cmd: ["a"] },
  },
  {
    title: "takes the user of TaskInfo.command, though the document has the command",
    command: { shell: false, user: "nobody" },
    document: { command: ["x"], user: "root" },
    expected: { Cmd: ["x"], User: "nobody" },
  },
];

for (const { title, command, document, argv = [], expected } of table) {
  test(`toTaskSpec() ${title}`, () => {
    const init = {
      container: docker,
      ...(command ? { command } : {}),
      ...(document ? { data: formatDocument(document) } : {}),
    };
    const { Entrypoint, Cmd, User } = readBody(init, { argv });
    assert.deepEqual(
      { ...(Entrypoint ? { Entrypoint } : {}), ...(Cmd ? { Cmd } : {}), ...(User ? { User } : {}) },
      expected,
    );
  });
}

for (const command of [{ shell: true }, { shell: true, value: "" }, {}]) {
  test(`toTaskSpec() refuses the shell line of ${JSON.stringify(command)} (case 15)`, () => {
    assertRefused(
      { container: docker, command },
      { code: "invalid", message: "Shell specified but no command value provided" },
    );
  });
}

test("toTaskSpec() refuses an entrypoint beside a line, which has the shell for its entrypoint", () => {
  assertRefused(
    { container: docker, data: formatDocument({ entrypoint: ["/e"], command: "echo" }) },
    {
      code: "invalid",
      message:
        "Cannot use entrypoint (TaskInfo.data): a command that is a line is run by /bin/sh; " +
        "give the command as a list of words",
    },
  );
});

const unheard: readonly { title: string; init: TaskInit; speaker: string }[] = [
  { title: "TaskInfo.command", init: { command: { value: "exit 0" } }, speaker: "TaskInfo.command" },
  { title: "the document", init: { data: formatDocument({ command: ["x"] }) }, speaker: "TaskInfo.data" },
  {
    title: "a label",
    init: { labels: { labels: [{ key: "mesos-docker/args", value: '["x"]' }] } },
    speaker: "TaskInfo.labels",
  },
];

for (const { title, init, speaker } of unheard) {
  test(`toTaskSpec() warns of arguments that ${title} makes unheard`, () => {
    assert.deepEqual(translate({ container: docker, ...init }, { argv: ["echo", "hi"] }).warnings, [
      `the executor's arguments are not heeded: ${speaker} says the command`,
    ]);
  });
}

test("toTaskSpec() warns of nothing when the arguments are heeded, or there are none", () => {
  assert.deepEqual(translate({ container: docker }, { argv: ["echo"] }).warnings, []);
  assert.deepEqual(translate({ container: docker, command: { value: "exit 0" } }).warnings, []);
});
