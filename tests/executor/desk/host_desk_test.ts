// Whose credentials a missing image is pulled with (images contract C.3).
import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { openHostDesk } from "../../../src/executor/desk/host_desk.ts";
import { readSettings } from "../../../src/executor/settings.ts";
import { TaskError } from "../../../src/executor/task/task_error.ts";
import { systemClock } from "../../../src/runtime/clock.ts";
import { environment } from "../../fakes/executor_environment.ts";
import { FakeEngine } from "../../fakes/fake_engine.ts";
import { answeringFlags, type OperatorAgent, openOperatorAgent } from "../../fakes/operator_agent.ts";
import { type Fixture, openFixture } from "../../fakes/own_runtime.ts";
import { errorOf } from "../../fakes/waiting.ts";
import { RecordingLog } from "../recording_log.ts";
import { createSpec } from "../task_specimen.ts";

const image = "reg.example/app";
const entryOf = (user: string) => ({ "reg.example": { auth: Buffer.from(`${user}:p`).toString("base64") } });
const told = { docker_config: JSON.stringify({ auths: entryOf("agent") }) };

/** A desk of an executor of this agent, whose daemon lacks an image, on a host that has no credentials of its own. */
async function openDesk(agent: OperatorAgent, fixture: Fixture, settings: Record<string, string> = {}) {
  const { host, port } = agent.address;
  const [sandbox, state] = [join(fixture.path, "sandbox"), join(fixture.path, "state")];
  await mkdir(sandbox, { recursive: true });
  const variables = {
    // The daemon says what it was given.
    MESOS_DOCKER_PULL: "daemon",
    MESOS_DOCKER_STATE: state,
    MESOS_DOCKER_CONFIG: await fixture.write("config.yaml", "{}"),
    XDG_RUNTIME_DIR: fixture.path,
    ...settings,
  };
  const engine = new FakeEngine({ images: ["busybox"] });
  engine.registry.add(image);
  const log = new RecordingLog();
  const desk = await openHostDesk({
    ...{ engine, log, variables, settings: readSettings(variables), clock: systemClock, argv: [] },
    environment: {
      ...environment,
      directory: sandbox,
      sandbox,
      endpoint: { ...environment.endpoint, host, port },
    },
    explain: () => undefined,
  });
  const open = async (name = image, signal = new AbortController().signal) => {
    await using _request = await desk.openRequest(
      { spec: createSpec({ image: name }), name: "c", labels: {} },
      { signal },
    );
    const pulls = engine.callsOf("pullImage").map(({ options }) => options as { auth?: { username: string } });
    return pulls.map(({ auth }) => auth?.username);
  };
  return { open, log };
}

test("a missing image is pulled with the agent's credentials when nothing before them has an entry", async () => {
  await using fixture = await openFixture();
  await using agent = await openOperatorAgent(answeringFlags(told));
  const { open, log } = await openDesk(agent, fixture);
  assert.deepEqual(await open("busybox"), []);
  assert.equal(agent.calls.length, 0, "an image that is here needs none");
  assert.deepEqual(await open(), ["agent"]);
  assert.deepEqual(
    agent.calls.map(({ url, headers }) => [url, headers.authorization]),
    [["/slave(1)/api/v1", undefined]],
  );
  assert.deepEqual([...log.messages("debug"), ...log.messages("warn")], []);
});

test("the agent is not asked when the sandbox or this host has an entry", async () => {
  for (const folder of ["sandbox", "home"]) {
    await using fixture = await openFixture();
    await using agent = await openOperatorAgent(answeringFlags(told));
    await mkdir(join(fixture.path, folder), { recursive: true });
    await fixture.write(join(folder, ".dockercfg"), JSON.stringify(entryOf("before")));
    const { open } = await openDesk(agent, fixture, { HOME: join(fixture.path, "home") });
    assert.deepEqual(await open(), ["before"]);
    assert.equal(agent.calls.length, 0);
  }
});

test("the agent is not asked when the operator does not want it", async () => {
  await using fixture = await openFixture();
  await using agent = await openOperatorAgent(answeringFlags(told));
  const ignoring = await fixture.write("ignoring.yaml", "pull: { agentCredentials: ignored }");
  const { open } = await openDesk(agent, fixture, { MESOS_DOCKER_CONFIG: ignoring });
  assert.deepEqual(await open(), [undefined]);
  assert.equal(agent.calls.length, 0);
});

test("a task that is killed does not wait for an agent that hangs", async () => {
  await using fixture = await openFixture();
  const killing = new AbortController();
  const reason = new TaskError("launch", "killed");
  await using agent = await openOperatorAgent(() => killing.abort(reason));
  const { open, log } = await openDesk(agent, fixture);
  assert.equal(await errorOf<Error>(open(image, killing.signal)), reason);
  assert.deepEqual([...log.messages("debug"), ...log.messages("warn")], []);
});
