import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { test } from "node:test";
import { toLaunchEnvironment } from "../../../../src/mesos/embedded/container/launch_environment.ts";
import { toExecutor } from "../../../../src/mesos/embedded/messages.ts";
import { readExecutorEnvironment } from "../../../../src/mesos/environment.ts";
import type { CommandInfo } from "../../../../src/mesos/protocol.ts";
import { readEnvironment, readEvents } from "../recording.ts";

const facts = {
  frameworkId: "fw",
  executorId: "ex",
  agentId: "agent-S0",
  host: "127.0.0.1",
  port: 5061,
  sandbox: "/var/lib/mesos/sandbox",
  checkpoint: true,
  shutdownGraceMs: 5000,
  recoveryTimeoutMs: 900_000,
  subscriptionBackoffMaxMs: 2000,
};

function command(variables: object[] = []): CommandInfo {
  const executor = { executorId: { value: "ex" }, command: { value: "run", environment: { variables } } };
  return toExecutor(executor).command!;
}

test("toLaunchEnvironment() gives what a real agent gave, variable by variable", () => {
  for (const scenario of ["launch", "group", "restart", "jwt"]) {
    const { PWD: _, ...recorded } = readEnvironment(scenario);
    const isToken = recorded.MESOS_EXECUTOR_AUTHENTICATION_TOKEN !== undefined;
    const given = toLaunchEnvironment(
      {
        ...facts,
        frameworkId: recorded.MESOS_FRAMEWORK_ID!,
        executorId: recorded.MESOS_EXECUTOR_ID!,
        agentId: recorded.MESOS_SLAVE_ID!,
        sandbox: recorded.MESOS_DIRECTORY!,
        ...(isToken ? { token: "<jwt>", socketPath: recorded.MESOS_DOMAIN_SOCKET! } : {}),
      },
      readEvents(scenario, 0)[0]!.subscribed!.executorInfo!.command!,
    );
    assert.deepEqual(given, recorded);
  }
});

test("toLaunchEnvironment() writes what our executor reads", () => {
  const environment = readExecutorEnvironment(toLaunchEnvironment({ ...facts, host: "::1" }, command()));
  assert.deepEqual(environment.endpoint, { processId: "slave(1)", host: "::1", port: 5061 });
  assert.equal(environment.recoveryTimeoutMs, 900_000);
});

test("toLaunchEnvironment() leaves recovery out without checkpointing", () => {
  const given = toLaunchEnvironment({ ...facts, checkpoint: false }, command());
  assert.equal(given.MESOS_CHECKPOINT, "0");
  assert.equal("MESOS_RECOVERY_TIMEOUT" in given, false);
  assert.equal("MESOS_SUBSCRIPTION_BACKOFF_MAX" in given, false);
});

test("toLaunchEnvironment() puts the command above the agent and the agent above the operator", () => {
  const operator = { MESOS_CHECKPOINT: "operator", DOCKER_HOST: "operator", PATH: "operator" };
  const variables = [
    { name: "DOCKER_HOST", value: "first" },
    { name: "DOCKER_HOST", value: "last" },
    { name: "MESOS_TASK_ID", value: "t" },
    { name: "SECRET", type: 2, secret: { type: 2, value: { data: Buffer.from("hidden") } } },
  ];
  const given = toLaunchEnvironment(facts, command(variables), { operator });
  assert.equal(given.MESOS_CHECKPOINT, "1");
  assert.equal(given.DOCKER_HOST, "last");
  assert.equal(given.MESOS_TASK_ID, "t");
  assert.equal(given.SECRET, "hidden");
  assert.equal(given.PATH, "operator");
  assert.match(toLaunchEnvironment(facts, command()).PATH ?? "", /^\/usr\/local\/sbin:/);
});

test("toLaunchEnvironment() refuses a secret that it would have to look up", () => {
  const variables = [{ name: "SECRET", type: 2, secret: { type: 1, reference: { name: "vault" } } }];
  assert.throws(
    () => toLaunchEnvironment(facts, command(variables)),
    /Failed to resolve the secret of variable 'SECRET'/,
  );
});
