import assert from "node:assert/strict";
import { test } from "node:test";
import { type ExecutorInit, type TaskInit, toExecutor, toTask } from "../../../../src/mesos/embedded/messages.ts";
import { executorFaults, findUnsupported } from "../../../../src/mesos/embedded/rules/executor_rules.ts";
import { groupFaults } from "../../../../src/mesos/embedded/rules/group_rules.ts";
import { taskFaults } from "../../../../src/mesos/embedded/rules/task_rules.ts";
import { ExecutorInfo_Type, Value_Type } from "../../../../src/mesos/protocol.ts";
import { readEvents } from "../recording.ts";

const scalar = (name: string, value: number) => ({ name, type: Value_Type.SCALAR, scalar: { value } });
const resources = [scalar("cpus", 1), scalar("mem", 64), scalar("disk", 1)];

function faultsOf(task: TaskInit): string[] {
  const base = { name: "t", taskId: { value: "t" }, agentId: { value: "a" }, resources };
  return [...taskFaults(toTask({ ...base, ...(task as object) }))];
}

function faultsOfExecutor(executor: ExecutorInit): string[] {
  const base = { executorId: { value: "ex" }, command: { value: "run" }, resources };
  return [...executorFaults(toExecutor({ ...base, ...(executor as object) }), "fw")];
}

test("taskFaults() finds nothing wrong with what a real master accepted", () => {
  for (const scenario of ["launch", "group", "restart", "jwt"]) {
    for (const { launch, launchGroup } of readEvents(scenario, 0)) {
      const group = launchGroup?.taskGroup?.tasks ?? [];
      for (const task of launch?.task ? [launch.task] : group) {
        assert.deepEqual([...taskFaults(task)], []);
        assert.deepEqual([...executorFaults(task.executor!, task.executor!.frameworkId!.value)], []);
      }
      if (group[0]) assert.deepEqual([...groupFaults(group[0].executor!, group)], []);
    }
  }
});

const cases: [what: string, task: TaskInit, fault: RegExp][] = [
  ["an empty id", { taskId: { value: "" } }, /its task id is empty/],
  ["a long id", { taskId: { value: "x".repeat(256) } }, /longer than 255 characters/],
  ["a slash in the id", { taskId: { value: "a/b" } }, /slash or control character/],
  ["a line feed in the id", { taskId: { value: "a\nb" } }, /slash or control character/],
  ["the id ..", { taskId: { value: ".." } }, /its task id is "\.\."/],
  ["no resources", { resources: [] }, /it uses no resources/],
  [
    "two roles",
    { resources: resources.map((one, index) => ({ ...one, allocationInfo: { role: index === 0 ? "db" : "*" } })) },
    /allocated to several roles: db, \*/,
  ],
  ["a part of a gpu", { resources: [...resources, scalar("gpus", 0.5)] }, /gpus are not a whole number/],
  ["a limit of disk", { limits: { disk: { value: 9 } } }, /limits disk; only cpus and mem/],
  ["a limit below the request", { limits: { mem: { value: 32 } } }, /limit of 32 mem is below its request of 64/],
  ["a negative max_completion_time", { maxCompletionTime: { nanoseconds: -1n } }, /max_completion_time is negative/],
  ["a negative grace", { killPolicy: { gracePeriod: { nanoseconds: -1n } } }, /grace_period is negative/],
  ["DOCKER without docker", { container: { type: 1 } }, /type DOCKER has no docker/],
  ["MESOS with docker", { container: { type: 2, docker: { image: "i" } } }, /type MESOS has docker/],
  [
    "the docker parameter name",
    { container: { type: 1, docker: { image: "i", parameters: [{ key: "name", value: "n" }] } } },
    /parameter "name"/,
  ],
  [
    "a volume without source",
    { container: { type: 2, volumes: [{ containerPath: "/a", mode: 1 }] } },
    /volume "\/a" has 0 of host_path, image and source/,
  ],
  [
    "a volume with two sources",
    { container: { type: 2, volumes: [{ containerPath: "/a", mode: 1, hostPath: "/b", source: { type: 1 } }] } },
    /has 2 of/,
  ],
  [
    "a variable without value",
    { command: { value: "x", environment: { variables: [{ name: "A" }] } } },
    /variable "A" of type VALUE has no value/,
  ],
  [
    "a secret variable without secret",
    { command: { value: "x", environment: { variables: [{ name: "A", type: 2 }] } } },
    /of type SECRET has no secret/,
  ],
  [
    "a secret variable with a value",
    { command: { value: "x", environment: { variables: [{ name: "A", type: 2, value: "v", secret: { type: 2 } }] } } },
    /of type SECRET has a value/,
  ],
  [
    "a plain variable with a secret",
    { command: { value: "x", environment: { variables: [{ name: "A", value: "v", secret: { type: 2 } }] } } },
    /of type VALUE has a secret/,
  ],
  [
    "a variable of unknown type",
    { command: { value: "x", environment: { variables: [{ name: "A", type: 0, value: "v" }] } } },
    /has the type UNKNOWN/,
  ],
  ["a health check without type", { healthCheck: {} }, /health check has no known type/],
  ["a health check without command", { healthCheck: { type: 1 } }, /type COMMAND has no command/],
  ["a health check without http", { healthCheck: { type: 2 } }, /type HTTP has no http/],
  ["a health check without tcp", { healthCheck: { type: 3 } }, /type TCP has no tcp/],
  ["a path without slash", { healthCheck: { type: 2, http: { port: 1, path: "x" } } }, /path "x" does not begin/],
  ["an odd scheme", { healthCheck: { type: 2, http: { port: 1, scheme: "ftp" } } }, /the scheme "ftp"/],
  ["a negative delay", { healthCheck: { type: 3, tcp: { port: 1 }, delaySeconds: -1 } }, /delaySeconds is -1/],
  ["a check without type", { check: {} }, /its check has no known type/],
  ["a check without command", { check: { type: 1 } }, /check of type COMMAND has no command/],
  ["a check without http", { check: { type: 2 } }, /check of type HTTP has no http/],
  ["a check without tcp", { check: { type: 3 } }, /check of type TCP has no tcp/],
  ["a negative timeout", { check: { type: 3, tcp: { port: 1 }, timeoutSeconds: -2 } }, /timeoutSeconds is -2/],
];

for (const [what, task, fault] of cases) {
  test(`taskFaults() finds ${what}`, () => {
    const faults = faultsOf(task);
    assert.equal(faults.length, 1, faults.join("; "));
    assert.match(faults[0]!, fault);
  });
}

test("executorFaults() finds what a master would refuse", () => {
  assert.deepEqual(faultsOfExecutor({}), []);
  assert.match(faultsOfExecutor({ executorId: { value: "a/b" } }).join(), /executor id contains a slash/);
  assert.match(faultsOfExecutor({ frameworkId: { value: "other" } }).join(), /framework_id is "other", expected "fw"/);
  assert.match(faultsOfExecutor({ command: undefined }).join(), /its executor has no command/);
  assert.match(faultsOfExecutor({ command: { value: "" } }).join(), /command has no value/);
  assert.match(faultsOfExecutor({ shutdownGracePeriod: { nanoseconds: -1n } }).join(), /shutdown_grace_period/);
});

test("findUnsupported() names what this agent cannot do", () => {
  const base = { executorId: { value: "ex" }, command: { value: "run" } };
  assert.equal(findUnsupported(toExecutor(base)), undefined);
  assert.match(findUnsupported(toExecutor({ ...base, type: ExecutorInfo_Type.DEFAULT })) ?? "", /type DEFAULT/);
  const image = { type: 2 as const, docker: { name: "busybox" } };
  const inContainer = (more: object) => toExecutor({ ...base, container: { type: 2, ...more } });
  assert.equal(findUnsupported(inContainer({ hostname: "pod", networkInfos: [{ name: "web" }] })), undefined);
  for (const more of [
    { type: 1 },
    { mesos: { image } },
    { volumes: [{ containerPath: "/c", mode: 1 }] },
    { linuxInfo: {} },
  ]) {
    assert.match(findUnsupported(inContainer(more)) ?? "", /run on the host/);
  }
});

test("groupFaults() finds what a master would refuse in a group", () => {
  const executor = toExecutor({ executorId: { value: "ex" }, type: ExecutorInfo_Type.CUSTOM, resources });
  const member = (task: TaskInit) =>
    toTask({ name: "t", taskId: { value: "t" }, agentId: { value: "a" }, resources, ...(task as object) });
  const faults = (task: TaskInit) => [...groupFaults(executor, [member(task)])].join();
  assert.equal(faults({}), "");
  assert.match([...groupFaults(executor, [])].join(), /it has no tasks/);
  assert.match(faults({ container: { type: 1, docker: { image: "i" } } }), /has a DOCKER container/);
  assert.match(faults({ limits: { cpus: { value: 2 } } }), /has limits and shares its cgroups/);
  const own = { type: 2 as const, linuxInfo: { shareCgroups: false } };
  assert.equal(faults({ limits: { cpus: { value: 2 } }, container: own }), "");
  const networked = { type: 2 as const, networkInfos: [{ name: "net" }] };
  assert.match(faults({ container: networked, check: { type: 3, tcp: { port: 1 } } }), /check and networks/);
  const poor = toExecutor({ executorId: { value: "ex" }, resources: [scalar("cpus", 0.001), scalar("mem", 31)] });
  const found = [...groupFaults(poor, [member({})])].join();
  for (const fault of [/has no type/, /0.001 cpus, expected at least 0.01/, /31 mem/, /0 disk/]) {
    assert.match(found, fault);
  }
  const docker = toExecutor({ executorId: { value: "ex" }, type: ExecutorInfo_Type.CUSTOM, container: { type: 1 } });
  assert.match([...groupFaults(docker, [member({})])].join(), /its executor has a DOCKER container/);
});
