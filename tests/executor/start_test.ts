import assert from "node:assert/strict";
import { test } from "node:test";
import { runExecutor } from "../../src/executor/start.ts";
import { EnvironmentError } from "../../src/mesos/environment.ts";
import { silentLog } from "../../src/runtime/log.ts";
import { runProgram } from "./child_program.ts";

test("runExecutor() names what the agent's environment lacks (case 7)", async () => {
  await assert.rejects(runExecutor({ variables: {}, argv: [], log: silentLog }), (error) => {
    assert.ok(error instanceof EnvironmentError);
    assert.match(error.message, /MESOS_FRAMEWORK_ID/);
    return true;
  });
});

for (const manner of ["rejection", "exception"]) {
  test(`runExecutor() ends by a stray ${manner} as by any error of ours, so that containers are removed`, async () => {
    const end = await runProgram("stray_error_program.ts", { args: [manner] });
    assert.equal(end.stdout, `run() rejects: stray ${manner}\n`, end.stderr);
    assert.equal(end.code, 0);
  });
}
