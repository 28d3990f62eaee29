// An executor in whose process an error is thrown that nobody catches: start_test.ts reads how it ends.
import process from "node:process";
import { runExecutor } from "../../src/executor/start.ts";
import { silentLog } from "../../src/runtime/log.ts";

const [manner] = process.argv.slice(2);

/** An agent that nobody runs: the executor tries to subscribe all the time. */
const variables = {
  MESOS_FRAMEWORK_ID: "f1",
  MESOS_EXECUTOR_ID: "e1",
  MESOS_SLAVE_ID: "a1",
  MESOS_SLAVE_PID: "slave(1)@127.0.0.1:1",
  MESOS_DIRECTORY: "/tmp",
  MESOS_SANDBOX: "/tmp",
  MESOS_CHECKPOINT: "0",
};

const run = runExecutor({ variables, argv: [], log: silentLog });
export const stray = manner === "rejection" ? Promise.reject(new Error("stray rejection")) : undefined;
if (manner === "exception") {
  setTimeout(() => {
    throw new Error("stray exception");
  }, 0);
}
try {
  await run;
} catch (error) {
  process.stdout.write(`run() rejects: ${(error as Error).message}\n`);
}
