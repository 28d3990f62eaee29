import assert from "node:assert/strict";
import { test } from "node:test";
import { create } from "@bufbuild/protobuf";
import { NetworkInfoSchema, TaskStatusSchema } from "../../../proto/slim/mesos/v1/mesos_pb.ts";
import {
  isKilling,
  reportExit,
  reportFault,
  reportKilledBeforeStart,
  reportKilledUnseen,
  reportKilling,
  reportRunning,
  reportStarting,
} from "../../../src/executor/task/report.ts";
import type { TaskErrorCode } from "../../../src/executor/task/task_error.ts";
import type { ContainerExit, StartedContainer, Stop, StopReason } from "../../../src/executor/task/task_state.ts";
import type { StatusReport } from "../../../src/mesos/executor_connection.ts";
import {
  TaskState as MesosState,
  NetworkInfo_Protocol,
  TaskStatus_Reason,
  Value_Type,
} from "../../../src/mesos/protocol.ts";
import { reasonOf, stateOf } from "../step_words.ts";

const inspection = { Id: "c1", Name: "/task-t1", NetworkSettings: { IPAddress: "172.17.0.2" } };

function run(addresses: StartedContainer["addresses"], network?: { name?: string; labels?: object }): StatusReport {
  const networkInfo = network && create(NetworkInfoSchema, network);
  return reportRunning({ inspection, addresses }, { secrets: [], ...(networkInfo ? { networkInfo } : {}) });
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

test("reportRunning() leaves alone what is a short secret by chance", () => {
  const told = { NetworkSettings: { IPAddress: "172.17.0.1" }, Config: { Env: ["PIN=1"] } };
  const report = reportRunning({ inspection: told, addresses: [] }, { secrets: ["1"] });
  assert.deepEqual(decodeData(report), [{ ...told, Config: { Env: ["PIN=[secret]"] } }]);
});

test("reportKilledUnseen() names the limit that a task went beyond, though nobody saw its end", () => {
  const spec = { amounts: { diskMb: 5 }, secrets: [] };
  const stop = stopFor("disk_limit", { usedBytes: 6 * 2 ** 20 });
  const report = reportKilledUnseen({ code: "lost", message: "Container c1 disappeared" }, stop, spec);
  assert.equal(stateOf(report), "TASK_FAILED");
  assert.equal(reasonOf(report), "CONTAINER_LIMITATION_DISK");
  assert.equal(report.message, "Container c1 disappeared: it used 6 MB of disk, its limit is 5 MB");
});

test("reportRunning() hides secrets in the inspection, which everybody reads", () => {
  const told = { Config: { Env: ["A=s3cret", 'B="s3cret"'], Labels: { x: "y" } }, Size: 3, Nothing: null };
  const report = reportRunning({ inspection: told, addresses: [] }, { secrets: ["s3cret"] });
  assert.deepEqual(decodeData(report), [
    { Config: { Env: ["A=[secret]", 'B="[secret]"'], Labels: { x: "y" } }, Size: 3, Nothing: null },
  ]);
});

const plain = { amounts: {}, secrets: [] };
const ended = (status: number, rest: Partial<ContainerExit> = {}): ContainerExit => ({
  status,
  cause: "exit",
  stderrTail: "",
  ...rest,
});
const stopFor = (reason: StopReason, rest: Partial<Stop> = {}): Stop => ({ reason, graceMs: 0, deadline: 0, ...rest });
const labels = (status: number, oom: "true" | "false" = "false") => ({
  labels: [
    { key: "exit_code", value: String(status) },
    { key: "oom_killed", value: oom },
  ],
});

for (const [status, state, message] of [
  [0, "TASK_FINISHED", "Container exited with status 0"],
  [3, "TASK_FAILED", "Container exited with status 3"],
  [137, "TASK_FAILED", "Container exited with status 137 (SIGKILL)"],
  [139, "TASK_FAILED", "Container exited with status 139 (SIGSEGV)"],
  [143, "TASK_FAILED", "Container exited with status 143 (SIGTERM)"],
] as const) {
  test(`reportExit() reports status ${status} as ${state}, without a reason (cases 11, 12, 52)`, () => {
    const report = reportExit(ended(status), undefined, plain);
    assert.deepEqual(report, { state: MesosState[state], message, labels: labels(status) });
  });
  test(`reportExit() reports status ${status} as TASK_KILLED when it was stopped`, () => {
    const report = reportExit(ended(status), stopFor("kill"), plain);
    assert.deepEqual(report, {
      state: MesosState.TASK_KILLED,
      message: `${message}, killed on request`,
      labels: labels(status),
    });
  });
}

const tails: readonly { title: string; exit: ContainerExit; stop?: Stop; told: string }[] = [
  {
    title: "tells the last lines of a failure",
    exit: ended(1, { stderrTail: "one\ntwo" }),
    told: "Container exited with status 1; stderr ends with:\none\ntwo",
  },
  { title: "tells none that are not there", exit: ended(1), told: "Container exited with status 1" },
  {
    title: "tells none of a success",
    exit: ended(0, { stderrTail: "a warning" }),
    told: "Container exited with status 0",
  },
  {
    title: "tells none of a task that was stopped",
    exit: ended(143, { stderrTail: "bye" }),
    stop: stopFor("kill"),
    told: "Container exited with status 143 (SIGTERM), killed on request",
  },
  {
    title: "hides secrets in the last lines",
    exit: ended(1, { stderrTail: "login me:s3cret failed" }),
    told: "Container exited with status 1; stderr ends with:\nlogin me:[secret] failed",
  },
];

for (const { title, exit, stop, told } of tails) {
  test(`reportExit() ${title}`, () => {
    assert.equal(reportExit(exit, stop, { ...plain, secrets: ["s3cret"] }).message, told);
  });
}

const limitation = (name: string, value: number) => ({
  resources: [{ name, type: Value_Type.SCALAR, scalar: { value } }],
});

test("reportExit() tells want of memory apart, with the limit (case 51)", () => {
  const exit = ended(137, { cause: "out_of_memory", stderrTail: "last words" });
  const state = MesosState.TASK_FAILED;
  const reason = TaskStatus_Reason.CONTAINER_LIMITATION_MEMORY;
  assert.deepEqual(reportExit(exit, undefined, plain), {
    state,
    reason,
    message: "Container exited with status 137 (SIGKILL): it was out of memory",
    labels: labels(137, "true"),
  });
  assert.deepEqual(reportExit(exit, undefined, { ...plain, amounts: { memoryMb: 128 } }), {
    state,
    reason,
    limitation: limitation("mem", 128),
    message: "Container exited with status 137 (SIGKILL): it was out of memory, its limit is 128 MB",
    labels: labels(137, "true"),
  });
});

test("reportExit() reports want of memory as a failure whatever the status is: a child of the first process was killed", () => {
  const report = reportExit(ended(0, { cause: "out_of_memory" }), undefined, plain);
  assert.equal(stateOf(report), "TASK_FAILED");
});

test("reportExit() tells want of disk as a failure, with the limit and what was used", () => {
  const stop = stopFor("disk_limit", { usedBytes: 10.2 * 2 ** 20 });
  assert.deepEqual(reportExit(ended(137, { stderrTail: "x" }), stop, { ...plain, amounts: { diskMb: 10 } }), {
    state: MesosState.TASK_FAILED,
    reason: TaskStatus_Reason.CONTAINER_LIMITATION_DISK,
    limitation: limitation("disk", 10),
    message: "Container exited with status 137 (SIGKILL): it used 11 MB of disk, its limit is 10 MB",
    labels: labels(137),
  });
});

test("limits are reported as messages that can be sent", () => {
  const stop = stopFor("disk_limit", { usedBytes: 2 ** 21 });
  const report = reportExit(ended(137), stop, { ...plain, amounts: { diskMb: 1 } });
  const status = create(TaskStatusSchema, report);
  assert.equal(status.limitation?.resources[0]?.scalar?.value, 1);
  assert.deepEqual(
    status.labels?.labels.map(({ key, value }) => [key, value]),
    [
      ["exit_code", "137"],
      ["oom_killed", "false"],
    ],
  );
});

test("reportExit() reports TASK_KILLED when a container that is stopped runs out of memory", () => {
  const report = reportExit(ended(137, { cause: "out_of_memory" }), stopFor("kill"), plain);
  assert.equal(stateOf(report), "TASK_KILLED");
  assert.deepEqual(report.labels, labels(137, "true"));
});

for (const [reason, phrase] of [
  ["kill", "killed on request"],
  ["shutdown", "killed because the executor shuts down"],
  ["agent_lost", "killed because the agent is lost"],
] as const) {
  test(`the terminal reports say why a task was stopped: ${phrase}`, () => {
    assert.equal(reportExit(ended(0), stopFor(reason), plain).message, `Container exited with status 0, ${phrase}`);
    assert.deepEqual(reportKilledBeforeStart(reason), {
      state: MesosState.TASK_KILLED,
      message: `Container not started, ${phrase}`,
    });
    assert.deepEqual(
      reportKilledUnseen({ code: "lost", message: "Container c1 disappeared" }, stopFor(reason), plain),
      {
        state: MesosState.TASK_KILLED,
        message: `Container c1 disappeared, ${phrase}`,
      },
    );
  });
}

test("the terminal reports tell a time that is over as the task's own failure, however it ended", () => {
  const phrase = "killed because it did not complete in its max_completion_time";
  const expected = { state: MesosState.TASK_FAILED, reason: TaskStatus_Reason.MAX_COMPLETION_TIME_REACHED };
  const stop = stopFor("max_completion");
  const fault = { code: "lost", message: "Container c1 disappeared" } as const;
  assert.deepEqual(reportExit(ended(137), stop, plain), {
    ...expected,
    message: `Container exited with status 137 (SIGKILL), ${phrase}`,
    labels: labels(137),
  });
  assert.deepEqual(reportKilledBeforeStart("max_completion"), {
    ...expected,
    message: `Container not started, ${phrase}`,
  });
  assert.deepEqual(reportKilledUnseen(fault, stop, plain), {
    ...expected,
    message: `Container c1 disappeared, ${phrase}`,
  });
});

const faults: Readonly<Record<TaskErrorCode, { state: string; reason: string | undefined }>> = {
  unsupported: { state: "TASK_ERROR", reason: "TASK_INVALID" },
  denied: { state: "TASK_ERROR", reason: "TASK_UNAUTHORIZED" },
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
