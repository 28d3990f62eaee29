import assert from "node:assert/strict";
import { test } from "node:test";
import {
  EnvironmentError,
  isUnderAgent,
  parseAgentEndpoint,
  readExecutorEnvironment,
  type Variables,
} from "../../src/mesos/environment.ts";
import { readRecording, scenarios } from "../fakes/recording.ts";

/** What every agent sets, for a framework without checkpointing. */
const smallest: Variables = {
  MESOS_FRAMEWORK_ID: "framework-1",
  MESOS_EXECUTOR_ID: "executor-1",
  MESOS_SLAVE_ID: "agent-1",
  MESOS_SLAVE_PID: "slave(1)@10.0.0.5:5051",
  MESOS_DIRECTORY: "/var/lib/mesos/run",
  MESOS_CHECKPOINT: "0",
};

const checkpointing: Variables = {
  ...smallest,
  MESOS_CHECKPOINT: "1",
  MESOS_RECOVERY_TIMEOUT: "15mins",
  MESOS_SUBSCRIPTION_BACKOFF_MAX: "2secs",
};

function faultsOf(variables: Variables): readonly string[] {
  try {
    readExecutorEnvironment(variables);
  } catch (error) {
    assert.ok(error instanceof EnvironmentError);
    return error.faults;
  }
  return [];
}

for (const scenario of scenarios) {
  test(`readExecutorEnvironment() reads what a real agent set for "${scenario}"`, () => {
    const { variables, calls } = readRecording(scenario);
    const environment = readExecutorEnvironment(variables);
    assert.deepEqual(environment, {
      frameworkId: calls[0]?.call.frameworkId?.value,
      executorId: calls[0]?.call.executorId?.value,
      agentId: "c7ea7d1a-908f-403b-8326-16c5322a7741-S0",
      endpoint: { processId: "slave(1)", host: "127.0.0.1", port: 5061 },
      directory: variables.PWD,
      sandbox: variables.PWD,
      checkpoint: true,
      shutdownGraceMs: 5000,
      recoveryTimeoutMs: 900_000,
      subscriptionBackoffMaxMs: 2000,
      ...(scenario === "jwt" ? { domainSocket: "/var/lib/mesos/run/agent/agent.sock", token: "<jwt>" } : {}),
    });
  });
}

test("readExecutorEnvironment() needs no more than every agent sets", () => {
  assert.deepEqual(readExecutorEnvironment(smallest), {
    frameworkId: "framework-1",
    executorId: "executor-1",
    agentId: "agent-1",
    endpoint: { processId: "slave(1)", host: "10.0.0.5", port: 5051 },
    directory: "/var/lib/mesos/run",
    sandbox: "/var/lib/mesos/run",
    checkpoint: false,
    shutdownGraceMs: 5000,
    recoveryTimeoutMs: 0,
    subscriptionBackoffMaxMs: 0,
  });
});

test("readExecutorEnvironment() tells the sandbox as the executor sees it from the host's directory", () => {
  const environment = readExecutorEnvironment({ ...smallest, MESOS_SANDBOX: "/mnt/mesos/sandbox" });
  assert.equal(environment.sandbox, "/mnt/mesos/sandbox");
  assert.equal(environment.directory, "/var/lib/mesos/run");
});

test("readExecutorEnvironment() reads grace, recovery and backoff as durations", () => {
  const environment = readExecutorEnvironment({
    ...checkpointing,
    MESOS_EXECUTOR_SHUTDOWN_GRACE_PERIOD: "1.5mins",
    MESOS_RECOVERY_TIMEOUT: "1weeks",
    MESOS_SUBSCRIPTION_BACKOFF_MAX: "500ms",
  });
  assert.equal(environment.shutdownGraceMs, 90_000);
  assert.equal(environment.recoveryTimeoutMs, 604_800_000);
  assert.equal(environment.subscriptionBackoffMaxMs, 500);
});

test("readExecutorEnvironment() ignores recovery variables without checkpointing", () => {
  const environment = readExecutorEnvironment({ ...checkpointing, MESOS_CHECKPOINT: "0", MESOS_RECOVERY_TIMEOUT: "?" });
  assert.deepEqual([environment.recoveryTimeoutMs, environment.subscriptionBackoffMaxMs], [0, 0]);
});

test("readExecutorEnvironment() takes empty optional variables for absent", () => {
  const environment = readExecutorEnvironment({
    ...smallest,
    MESOS_DOMAIN_SOCKET: "",
    MESOS_EXECUTOR_AUTHENTICATION_TOKEN: "",
  });
  assert.deepEqual([environment.domainSocket, environment.token], [undefined, undefined]);
});

// Contract, case 7.
for (const name of [
  "MESOS_FRAMEWORK_ID",
  "MESOS_EXECUTOR_ID",
  "MESOS_SLAVE_ID",
  "MESOS_SLAVE_PID",
  "MESOS_DIRECTORY",
]) {
  test(`readExecutorEnvironment() names ${name} when it is missing or empty`, () => {
    assert.deepEqual(faultsOf({ ...smallest, [name]: undefined }), [`${name} is missing`]);
    assert.deepEqual(faultsOf({ ...smallest, [name]: "" }), [`${name} is empty`]);
  });
}

for (const name of ["MESOS_RECOVERY_TIMEOUT", "MESOS_SUBSCRIPTION_BACKOFF_MAX"]) {
  test(`readExecutorEnvironment() wants ${name} with checkpointing`, () => {
    assert.deepEqual(faultsOf({ ...checkpointing, [name]: undefined }), [`${name} is missing`]);
  });
}

test("readExecutorEnvironment() reports every fault at once", () => {
  const variables = {
    MESOS_EXECUTOR_ID: "",
    MESOS_SLAVE_ID: "agent-1",
    MESOS_SLAVE_PID: "10.0.0.5:5051",
    MESOS_DIRECTORY: "run",
    MESOS_SANDBOX: "sandbox",
    MESOS_CHECKPOINT: "1",
    MESOS_EXECUTOR_SHUTDOWN_GRACE_PERIOD: "5 s",
    MESOS_RECOVERY_TIMEOUT: "-1mins",
  };
  const duration = "expected a number directly followed by one of ns, us, ms, secs, mins, hrs, days, weeks";
  const faults = faultsOf(variables);
  assert.deepEqual(faults.toSorted(), [
    'MESOS_DIRECTORY is "run", expected an absolute path',
    "MESOS_EXECUTOR_ID is empty",
    `MESOS_EXECUTOR_SHUTDOWN_GRACE_PERIOD is "5 s": Cannot parse duration "5 s": ${duration}`,
    "MESOS_FRAMEWORK_ID is missing",
    'MESOS_RECOVERY_TIMEOUT is "-1mins": expected a duration of zero or more',
    'MESOS_SANDBOX is "sandbox", expected an absolute path',
    'MESOS_SLAVE_PID is "10.0.0.5:5051": expected "slave(N)@host:port"',
    "MESOS_SUBSCRIPTION_BACKOFF_MAX is missing",
  ]);
  assert.equal(new EnvironmentError(faults).message, `Cannot read the agent's environment: ${faults.join("; ")}`);
});

test("readExecutorEnvironment() wants MESOS_CHECKPOINT to be 0 or 1, and takes its absence for 0", () => {
  assert.equal(readExecutorEnvironment({ ...smallest, MESOS_CHECKPOINT: undefined }).checkpoint, false);
  for (const value of ["", "true", "2"]) {
    assert.deepEqual(faultsOf({ ...smallest, MESOS_CHECKPOINT: value }), [
      `MESOS_CHECKPOINT is "${value}", expected 0 or 1`,
    ]);
  }
});

test("readExecutorEnvironment() never puts the token into a fault", () => {
  const faults = faultsOf({ MESOS_EXECUTOR_AUTHENTICATION_TOKEN: "a.secret.token" });
  assert.ok(faults.length > 0);
  assert.ok(!faults.join().includes("secret"));
});

test("isUnderAgent() is true for any variable that every agent sets, even an empty one", () => {
  assert.equal(isUnderAgent({}), false);
  assert.equal(isUnderAgent({ MESOS_DIRECTORY: "/x", MESOS_SANDBOX: "/x", PATH: "/bin" }), false);
  assert.equal(isUnderAgent({ MESOS_SLAVE_PID: "" }), true);
  assert.equal(isUnderAgent({ MESOS_FRAMEWORK_ID: "f" }), true);
  assert.equal(isUnderAgent({ MESOS_EXECUTOR_ID: "e" }), true);
});

const endpoints: [string, { processId: string; host: string; port: number }][] = [
  ["slave(1)@10.0.0.5:5051", { processId: "slave(1)", host: "10.0.0.5", port: 5051 }],
  ["slave(12)@[2001:db8::1]:5051", { processId: "slave(12)", host: "2001:db8::1", port: 5051 }],
  ["slave(1)@[::1]:1", { processId: "slave(1)", host: "::1", port: 1 }],
  ["agent@node-7.example.org:65535", { processId: "agent", host: "node-7.example.org", port: 65_535 }],
];
for (const [text, expected] of endpoints) {
  test(`parseAgentEndpoint() reads ${text}`, () => {
    assert.deepEqual(parseAgentEndpoint(text), expected);
  });
}

const noEndpoints = [
  "",
  "slave(1)",
  "slave(1)@10.0.0.5",
  "slave(1)@10.0.0.5:",
  "slave(1)@10.0.0.5:0",
  "slave(1)@10.0.0.5:65536",
  "slave(1)@10.0.0.5:123456",
  "slave(1)@10.0.0.5:x",
  "@10.0.0.5:5051",
  "slave(1)@:5051",
  "slave(1)@::1:5051",
  "slave(1)@[]:5051",
  "slave(1)@10.0.0.5:5051 ",
  "slave 1@10.0.0.5:5051",
];
for (const text of noEndpoints) {
  test(`parseAgentEndpoint() refuses ${JSON.stringify(text)}`, () => {
    assert.throws(() => parseAgentEndpoint(text), { name: "SyntaxError", message: 'expected "slave(N)@host:port"' });
  });
}
