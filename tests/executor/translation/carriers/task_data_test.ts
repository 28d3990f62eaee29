import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { ExecutorInfoSchema } from "../../../../proto/slim/mesos/v1/mesos_pb.ts";
import { TaskError } from "../../../../src/executor/task/task_error.ts";
import { readTaskData, type TaskData } from "../../../../src/executor/translation/carriers/task_data.ts";
import { formatDocument } from "../../../../src/executor/translation/document.ts";
import { type ContainerInit, createTask, type TaskInit } from "../../task_specimen.ts";
import { bytesOf } from "../translation_specimen.ts";

function read(init: TaskInit, executorData: Uint8Array = new Uint8Array()): TaskData {
  return readTaskData(
    createTask(init),
    create(ExecutorInfoSchema, { executorId: { value: "e" }, data: new Uint8Array(executorData) }),
  );
}

const source = "TaskInfo.data";
const container: ContainerInit = { docker: { image: "busybox" } };
const nothing = { statement: { source }, words: [], warnings: [] };

const table: readonly { title: string; task: TaskInit; expected: TaskData }[] = [
  { title: "no data", task: {}, expected: { ...nothing, form: "none" } },
  { title: "blank data", task: { data: bytesOf(" \n") }, expected: { ...nothing, form: "none" } },
  {
    title: "our document",
    task: { data: bytesOf(' {"mesosDocker": 1, "image": "x"}') },
    expected: { ...nothing, form: "ours", statement: { source, image: "x" } },
  },
  {
    title: "our document beside a container",
    task: { container, data: formatDocument({ image: "x" }) },
    expected: { ...nothing, form: "ours", statement: { source, image: "x" } },
  },
  {
    title: "our document behind a byte order mark",
    task: { data: new Uint8Array([0xef, 0xbb, 0xbf, ...formatDocument({ image: "x" })]) },
    expected: { ...nothing, form: "ours", statement: { source, image: "x" } },
  },
  {
    title: "the JSON of Marathon",
    task: { data: bytesOf('{"env":{"A":"1"},"container":{"image":"docker:///x"}}') },
    expected: { ...nothing, form: "legacy", statement: { source, env: { A: "1" }, image: "x" } },
  },
  {
    title: "flags and command of Chronos",
    task: { data: bytesOf("-a 'b c'|echo a|wc") },
    expected: { statement: { source, command: "echo a|wc" }, form: "legacy", words: ["-a", "b c"], warnings: [] },
  },
  {
    title: "a line beside a container, of Singularity",
    task: { container, data: bytesOf("echo a|wc") },
    expected: { ...nothing, form: "none", statement: { source, command: "echo a|wc" } },
  },
  {
    title: "JSON beside a container, of Singularity",
    task: { container, data: bytesOf('{"cmd":"echo"}') },
    expected: { ...nothing, form: "none", statement: { source, command: "echo" } },
  },
  {
    title: "text that nobody knows",
    task: { data: bytesOf("hello") },
    expected: {
      ...nothing,
      form: "legacy",
      warnings: [`${source} is not heeded: it is neither JSON nor "flags|command"`],
    },
  },
  {
    title: "bytes that are no text",
    task: { data: new Uint8Array([0x7b, 0xff]) },
    expected: { ...nothing, form: "legacy", warnings: [`${source} is not heeded: it is no text in UTF-8`] },
  },
  {
    title: "JSON that breaks off",
    task: { data: bytesOf('{"env":{') },
    expected: { ...nothing, form: "legacy", warnings: [`${source} is not heeded: it is not JSON`] },
  },
];

for (const { title, task, expected } of table) {
  test(`readTaskData() reads ${title}`, () => {
    assert.deepEqual(read(task), expected);
  });
}

test("readTaskData() refuses a document of ours that breaks off, beside a container and without one", () => {
  const data = bytesOf('{"mesosDocker":1,"command":["rm"');
  const fault = new TaskError("invalid", "Cannot use TaskInfo.data: it is not JSON");
  assert.throws(() => read({ data }), fault);
  assert.throws(() => read({ container, data }), fault);
});

test("readTaskData() takes a document of the executor's for tasks without data", () => {
  const executorData = formatDocument({ image: "x" });
  assert.deepEqual(read({}, executorData), {
    ...nothing,
    form: "ours",
    statement: { source: "ExecutorInfo.data", image: "x" },
  });
  assert.deepEqual(read({ data: formatDocument({ user: "u" }) }, executorData).statement, { source, user: "u" });
});

for (const text of ["hello", "{}", '{"mesosDocker":1', "a|b", "[1]"]) {
  test(`readTaskData() refuses data of the executor's that is no document: ${text}`, () => {
    assert.throws(
      () => read({}, bytesOf(text)),
      new TaskError("unsupported", "Cannot honour ExecutorInfo.data: it is no document of mesos-docker"),
    );
  });
}

test("readTaskData() names the executor's data in what is wrong with it", () => {
  assert.throws(
    () => read({}, bytesOf('{"mesosDocker":1,"imag":"x"}')),
    new TaskError("invalid", 'Cannot use ExecutorInfo.data: "imag" is unknown'),
  );
});

for (const text of ['{"mesos_docker":1,"command":["x"]}', '{"image":"x"}', '{"env":{},"volumes":[]}']) {
  test(`readTaskData() refuses a document of ours without its version, which would run something else: ${text}`, () => {
    const fault = new TaskError(
      "invalid",
      'Cannot use TaskInfo.data: it has keys of a document of mesos-docker, and "mesosDocker": 1 is missing',
    );
    assert.throws(() => read({ data: bytesOf(text) }), fault);
    assert.throws(() => read({ container, data: bytesOf(text) }), fault);
  });
}
