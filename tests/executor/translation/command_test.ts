import assert from "node:assert/strict";
import { test } from "node:test";
import { TaskError } from "../../../src/executor/task_error.ts";
import { type ContainerCommand, toCommand } from "../../../src/executor/translation/command.ts";
import type { TaskDocument } from "../../../src/executor/translation/document.ts";
import { createTask, type TaskInit } from "../task_specimen.ts";

const table: readonly {
  title: string;
  command?: TaskInit["command"];
  document?: Partial<TaskDocument>;
  args?: string[];
  expected: ContainerCommand;
}[] = [
  { title: "leaves the image's own when nothing is said", expected: {} },
  {
    title: "gives a shell line to /bin/sh",
    command: { shell: true, value: "exit 0" },
    expected: { entrypoint: ["/bin/sh"], command: ["-c", "exit 0"] },
  },
  {
    title: "takes shell for granted, as its default says",
    command: { value: "exit 0" },
    expected: { entrypoint: ["/bin/sh"], command: ["-c", "exit 0"] },
  },
  {
    title: "ignores the arguments of a shell line",
    command: { shell: true, value: "exit 0", arguments: ["a"] },
    expected: { entrypoint: ["/bin/sh"], command: ["-c", "exit 0"] },
  },
  {
    title: "gives value and arguments to the image's entrypoint",
    command: { shell: false, value: "a", arguments: ["b", "c d"] },
    expected: { command: ["a", "b", "c d"] },
  },
  {
    title: "gives arguments alone to the image's entrypoint",
    command: { shell: false, arguments: ["b", ""] },
    expected: { command: ["b", ""] },
  },
  {
    title: "takes the document's when TaskInfo.command states none",
    command: { shell: false },
    document: { entrypoint: ["/e"] },
    expected: { entrypoint: ["/e"] },
  },
  { title: "leaves the image's own for an empty command", command: { shell: false }, expected: {} },
  {
    title: "takes the document's",
    document: { entrypoint: ["/run"], command: ["x"] },
    expected: { entrypoint: ["/run"], command: ["x"] },
  },
  { title: "takes the document's command alone", document: { command: ["x"] }, expected: { command: ["x"] } },
  {
    title: "takes the document's entrypoint alone",
    document: { entrypoint: ["/e"] },
    expected: { entrypoint: ["/e"] },
  },
  { title: "takes argv", args: ["echo", "hi"], expected: { command: ["echo", "hi"] } },
  { title: "takes a single word of argv", args: ["env"], expected: { command: ["env"] } },
  {
    title: "prefers the document to argv",
    document: { command: ["x"] },
    args: ["echo"],
    expected: { command: ["x"] },
  },
  {
    title: "prefers TaskInfo.command to all",
    command: { shell: false, value: "a" },
    document: { entrypoint: ["/e"], command: ["x"] },
    args: ["echo"],
    expected: { command: ["a"] },
  },
];

for (const { title, command, document = {}, args = [], expected } of table) {
  test(`toCommand() ${title}`, () => {
    assert.deepEqual(toCommand(createTask(command ? { command } : {}), document, args), expected);
  });
}

for (const command of [{ shell: true }, { shell: true, value: "" }, {}]) {
  test(`toCommand() refuses the shell line of ${JSON.stringify(command)}`, () => {
    assert.throws(
      () => toCommand(createTask({ command }), {}, []),
      new TaskError("invalid", "Shell specified but no command value provided"),
    );
  });
}
