import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { NetworkInfoSchema, TaskStatusSchema } from "../../proto/slim/mesos/v1/mesos_pb.ts";
import {
  isKilling,
  reportExit,
  reportFault,
  reportKilledBeforeStart,
  reportKilledUnseen,
  reportKilling,
  reportRunning,
  reportStarting,
} from "../../src/executor/report.ts";
import type { TaskErrorCode } from "../../src/executor/task_error.ts";
import type { StartedContainer } from "../../src/executor/task_state.ts";
import type { StatusReport } from "../../src/mesos/executor_connection.ts";
import { TaskState as MesosState, NetworkInfo_Protocol, TaskStatus_Reason } from "../../src/mesos/protocol.ts";
import { reasonOf, stateOf } from "./step_words.ts";

const inspection = { Id: "c1", Name: "/task-t1", NetworkSettings: { IPAddress: "172.17.0.2" } };

function run(addresses: StartedContainer["addresses"], network?: { name?: string; labels?: object }): StatusReport {
  return reportRunning({ inspection, addresses }, network && create(NetworkInfoSchema, network));
}

function decodeData(report: StatusReport): unknown {
  return JSON.parse(new TextDecoder().decode(report.data));
}

test("reportStarting() says nothing but the state", () => {
  assert.deepEqual(reportStarting(), { state: MesosState.TASK_STARTING });
});

test("reportKilling() says nothing but the state, and is known by it", () => {
  assert.deepEqual(reportKilling(), { state: MesosState.TASK_KILLING });
  assert.equal(isKilling(reportKilling()), true);
  assert.equal(isKilling(reportStarting()), false);
  assert.equal(isKilling(reportKilledBeforeStart("kill")), false);
});

test("reportRunning() carries the inspection as a JSON array with one object", () => {
  const report = run([]);
  assert.equal(stateOf(report), "TASK_RUNNING");
  assert.deepEqual(decodeData(report), [inspection]);
});

test("reportRunning() tells no network without an address, so that the agent puts in its own", () => {
  assert.equal(run([], { name: "web" }).containerStatus, undefined);
});

test("reportRunning() tells addresses with their protocols", () => {
  const report = run([
    { address: "10.0.0.2", family: "ipv4" },
    { address: "fd00::2", family: "ipv6" },
  ]);
  assert.deepEqual(report.containerStatus, {
    networkInfos: [
      {
        ipAddresses: [
          { ipAddress: "10.0.0.2", protocol: NetworkInfo_Protocol.IPv4 },
          { ipAddress: "fd00::2", protocol: NetworkInfo_Protocol.IPv6 },
        ],
      },
    ],
  });
});

test("reportRunning() repeats name and labels of the task's network, as a message that can be sent", () => {
  const labels = { labels: [{ key: "k", value: "v" }] };
  const report = run([{ address: "10.0.0.2", family: "ipv4" }], { name: "web", labels });
  const [network] = create(TaskStatusSchema, report).containerStatus?.networkInfos ?? [];
  assert.equal(network?.name, "web");
  assert.equal(network?.labels?.labels[0]?.value, "v");
  assert.equal(network?.ipAddresses[0]?.ipAddress, "10.0.0.2");
});

const exitCode = (status: number) => ({ labels: [{ key: "exit_code", value: String(status) }] });

for (const [status, state, message] of [
  [0, "TASK_FINISHED", "Container exited with status 0"],
  [3, "TASK_FAILED", "Container exited with status 3"],
  [137, "TASK_FAILED", "Container exited with status 137 (SIGKILL)"],
  [139, "TASK_FAILED", "Container exited with status 139 (SIGSEGV)"],
  [143, "TASK_FAILED", "Container exited with status 143 (SIGTERM)"],
] as const) {
  test(`reportExit() reports status ${status} as ${state}, without a reason`, () => {
    const report = reportExit({ status, cause: "exit" }, undefined);
    assert.deepEqual(report, { state: MesosState[state], message, labels: exitCode(status) });
  });
  test(`reportExit() reports status ${status} as TASK_KILLED when it was stopped`, () => {
    const report = reportExit({ status, cause: "exit" }, "kill");
    assert.deepEqual(report, {
      state: MesosState.TASK_KILLED,
      message: `${message}, killed on request`,
      labels: exitCode(status),
    });
  });
}

test("reportExit() tells want of memory apart", () => {
  assert.deepEqual(reportExit({ status: 137, cause: "out_of_memory" }, undefined), {
    state: MesosState.TASK_FAILED,
    reason: TaskStatus_Reason.CONTAINER_LIMITATION_MEMORY,
    message: "Container exited with status 137 (SIGKILL): it was out of memory",
    labels: exitCode(137),
  });
});

test("reportExit() reports TASK_KILLED when a container that is stopped runs out of memory", () => {
  assert.equal(stateOf(reportExit({ status: 137, cause: "out_of_memory" }, "kill")), "TASK_KILLED");
});

for (const [reason, phrase] of [
  ["kill", "killed on request"],
  ["shutdown", "killed because the executor shuts down"],
  ["agent_lost", "killed because the agent is lost"],
] as const) {
  test(`the terminal reports say why a task was stopped: ${phrase}`, () => {
    assert.equal(reportExit({ status: 0, cause: "exit" }, reason).message, `Container exited with status 0, ${phrase}`);
    assert.deepEqual(reportKilledBeforeStart(reason), {
      state: MesosState.TASK_KILLED,
      message: `Container not started, ${phrase}`,
    });
    assert.deepEqual(reportKilledUnseen({ code: "lost", message: "Container c1 disappeared" }, reason), {
      state: MesosState.TASK_KILLED,
      message: `Container c1 disappeared, ${phrase}`,
    });
  });
}

const faults: Readonly<Record<TaskErrorCode, { state: string; reason: string | undefined }>> = {
  unsupported: { state: "TASK_ERROR", reason: "TASK_INVALID" },
  invalid: { state: "TASK_FAILED", reason: "TASK_INVALID" },
  image: { state: "TASK_FAILED", reason: "CONTAINER_LAUNCH_FAILED" },
  launch: { state: "TASK_FAILED", reason: "CONTAINER_LAUNCH_FAILED" },
  lost: { state: "TASK_FAILED", reason: undefined },
};

for (const [code, expected] of Object.entries(faults)) {
  test(`reportFault() reports ${code} as ${expected.state} with reason ${expected.reason}`, () => {
    const report = reportFault({ code: code as TaskErrorCode, message: "the daemon's own words" });
    assert.deepEqual({ state: stateOf(report), reason: reasonOf(report) }, expected);
    assert.equal(report.message, "the daemon's own words");
    assert.equal(report.labels, undefined);
  });
}
