import assert from "node:assert/strict";
import { test } from "node:test";
import { TaskError } from "../../../../src/executor/task/task_error.ts";
import { parseOptions } from "../../../../src/executor/translation/parameters/options.ts";

const source = "TaskInfo.data container.options";

const rows: readonly (readonly [options: readonly string[], said: readonly (readonly [string, string])[]])[] = [
  [[], []],
  [["--net=host"], [["net", "host"]]],
  [["--net", "host"], [["net", "host"]]],
  [["--env=A=b=c"], [["env", "A=b=c"]]],
  [["--env", "--odd"], [["env", "--odd"]]],
  [["--label="], [["label", ""]]],
  [["--health-cmd=one\ntwo"], [["health-cmd", "one\ntwo"]]],
  [
    ["--privileged", "--init=false"],
    [
      ["privileged", "true"],
      ["init", "false"],
    ],
  ],
  [["--unknown=x"], [["unknown", "x"]]],
  [["-v", "/a:/b"], [["volume", "/a:/b"]]],
  [["-v/a:/b"], [["volume", "/a:/b"]]],
  [["-v=/a:/b"], [["volume", "/a:/b"]]],
  [["-m=1g"], [["memory", "1g"]]],
  [["-eA=1"], [["env", "A=1"]]],
  [
    ["-it"],
    [
      ["interactive", "true"],
      ["tty", "true"],
    ],
  ],
  [
    ["-itu", "root", "-t=false"],
    [
      ["interactive", "true"],
      ["tty", "true"],
      ["user", "root"],
      ["tty", "false"],
    ],
  ],
  [
    ["-tp80:80", "-P", "-d", "-q"],
    [
      ["tty", "true"],
      ["publish", "80:80"],
      ["publish-all", "true"],
      ["detach", "true"],
      ["quiet", "true"],
    ],
  ],
  [
    ["-a", "stdin", "-c", "512", "-h", "db", "-l", "a=b", "-w", "/srv"],
    [
      ["attach", "stdin"],
      ["cpu-shares", "512"],
      ["hostname", "db"],
      ["label", "a=b"],
      ["workdir", "/srv"],
    ],
  ],
];

for (const [options, said] of rows) {
  test(`parseOptions() reads ${JSON.stringify(options)}`, () => {
    assert.deepEqual(
      parseOptions(options, source),
      said.map(([key, value]) => ({ key, value, source })),
    );
  });
}

const faults: readonly (readonly [options: readonly string[], fault: string])[] = [
  [["busybox"], '"busybox" is no option of docker run'],
  [["--"], '"--" is no option of docker run'],
  [["-"], '"-" is no option of docker run'],
  [[""], '"" is no option of docker run'],
  [["--=x"], '"--=x" is no option of docker run'],
  [["--unknown", "x"], '"--unknown" is unknown; "x" is no option of docker run'],
  [["--net host"], '"--net host" is unknown'],
  [["-iz"], '"-iz" has the unknown flag "z"'],
  [["-v"], '"-v" has no value'],
  [["-it", "--net"], '"--net" has no value'],
];

for (const [options, fault] of faults) {
  test(`parseOptions() refuses ${JSON.stringify(options)}`, () => {
    assert.throws(() => parseOptions(options, source), new TaskError("invalid", `Cannot read ${source}: ${fault}`));
  });
}
