import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { applySaid, fieldsOf, testFaults, testRows } from "../drafted.ts";

const lines = "# comment\n\nA=1\n  B=x y \r\nALONE\nC=a=b\n   # more\n";

testRows([
  [["env", "X=1"], { env: { X: "1" } }],
  [["env", "X=a=b"], { env: { X: "a=b" } }],
  [["env", "X="], { env: { X: "" } }],
  [["env", "ALONE"], { env: { ALONE: undefined } }],
  [["env", "ALONE"], { env: { ALONE: "task" } }, { prepare: (draft) => draft.setVariable("ALONE", "task", "t") }],
  [["env-file", "vars"], { env: { A: "1", B: "x y ", C: "a=b" } }, { files: { vars: lines } }],
  [["label", "a"], { Labels: { a: "" } }],
  [["label", "a=b=c"], { Labels: { a: "b=c" } }],
  [["label", "mesos-docker/image=x"], { Labels: { "mesos-docker/image": "x" } }],
  [["label-file", "labels"], { Labels: { A: "1", B: "x y ", ALONE: "", C: "a=b" } }, { files: { labels: lines } }],
  [["annotation", "a=b"], { Annotations: { a: "b" } }],
  [
    [
      ["env", "A=flag"],
      ["label", "L=flag"],
      ["env-file", "first"],
      ["env-file", "second"],
      ["label-file", "second"],
    ],
    { env: { A: "flag", L: "two", B: "two" }, Labels: { A: "two", B: "two", L: "flag" } },
    { files: { first: "A=one\nB=one\n", second: "A=two\nB=two\nL=two\n" } },
  ],
  [
    ["env-file", "vars"],
    { env: { A: "task", B: "file" } },
    { files: { vars: "A=file\nB=file" }, prepare: (draft) => draft.setVariable("A", "task", "t") },
  ],
]);

testFaults([
  [["env", "=secret"], '"env" has no name before the equals sign'],
  [["env", ""], '"env" has no name before the equals sign'],
  [["label", "=x"], '"label" has no name before the equals sign'],
  [["annotation", "=x"], '"annotation" has no name before the equals sign'],
  [
    ["label", "mesos-docker.task=x"],
    '"label" cannot say "mesos-docker.task": labels that begin with "mesos-docker." are the executor\'s own',
  ],
  [
    ["label-file", "labels"],
    '"label-file" cannot say "mesos-docker.task": labels that begin with "mesos-docker." are the executor\'s own',
    { files: { labels: "mesos-docker.task=x" } },
  ],
  [["env-file", "/root/.env"], '"env-file" cannot be used: Cannot read "/root/.env": it is not in the sandbox'],
  [
    ["env-file", "vars"],
    '"env-file" names a file whose line 2 has no name before the equals sign',
    { files: { vars: "A=1\n=secret" } },
  ],
  [
    ["env-file", "vars"],
    '"env-file" names a file whose line 1 has a name with spaces',
    { files: { vars: "A B=secret" } },
  ],
]);

test("applyParameters() never takes a variable from the executor's environment", () => {
  const said = [
    ["env", "PATH"],
    ["env-file", "vars"],
  ] as const;
  assert.ok(process.env.PATH);
  const { draft } = applySaid(said, { files: { vars: "HOME\n" } });
  assert.deepEqual(fieldsOf(draft), { env: { PATH: undefined } });
});
