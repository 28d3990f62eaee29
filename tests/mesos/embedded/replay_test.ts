import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import type { AgentReport } from "../../../src/mesos/embedded/mod.ts";
import { type Event, Event_Type, type FrameworkInfo, type TaskInfo } from "../../../src/mesos/protocol.ts";
import { type Bench, openBench } from "./bench.ts";
import { FakeClock } from "./fake_clock.ts";
import { RawExecutor, type RawStream } from "./raw_executor.ts";
import {
  type RecordedCall,
  readCalls,
  readEnvironment,
  readEvents,
  readSchedulerStatuses,
  toBytes,
} from "./recording.ts";
import { toSchedulerJson } from "./scheduler_json.ts";

const recordedResources = { cpus: 2, mem: 4096, disk: 8192, ports: [{ begin: 31_000, end: 32_000 }] };

/** Plays one recorded executor against the embedded agent and compares all that both sides hear. */
class Replay {
  readonly #bench: Bench;
  readonly #clock: FakeClock;
  readonly #executor: RawExecutor;
  readonly #events: (index: number) => Event[];
  #expected: Event[] = [];
  #stream: RawStream | undefined;

  constructor(bench: Bench, clock: FakeClock, executor: RawExecutor, events: (index: number) => Event[]) {
    this.#bench = bench;
    this.#clock = clock;
    this.#executor = executor;
    this.#events = events;
  }

  async play(index: number, call: RecordedCall): Promise<void> {
    if (call.probe !== undefined || (call.body !== undefined && call.call === undefined)) return;
    if (call.streamError !== undefined) return await this.#cut();
    if (call.error !== undefined) return await assert.rejects(this.#executor.send(toBytes(call)), /ECONNREFUSED/);
    await this.#actAsFramework();
    if (call.call === "SUBSCRIBE") return await this.#subscribe(index, call);
    const reply = await this.#executor.send(toBytes(call));
    assert.equal(reply.status, call.status);
    assert.equal(reply.body, call.body);
    assert.equal(reply.headers["content-type"], call.headers?.["content-type"]);
    assert.equal(reply.headers["content-length"], call.headers?.["content-length"]);
    if (call.call === "UPDATE") await this.#expect(Event_Type.ACKNOWLEDGED);
  }

  async finish(): Promise<void> {
    await this.#actAsFramework();
    assert.deepEqual(this.#expected, []);
    assert.deepEqual(this.#stream?.pending, []);
    this.#bench.containerizer.containers[0]!.exit(0);
    assert.equal(await this.#stream?.ended(), "end");
  }

  async #subscribe(index: number, call: RecordedCall): Promise<void> {
    if (call.status === 503) {
      await this.#bench.agent.setStage("recovering");
      const reply = await this.#executor.send(toBytes(call));
      assert.deepEqual([reply.status, reply.body], [503, "Agent has not finished recovery"]);
      return;
    }
    await this.#bench.agent.setStage(this.#stream ? "reconnecting" : "running");
    this.#stream = await this.#executor.subscribeWith(toBytes(call));
    this.#expected = this.#events(index);
    while (isFromQueue(this.#expected[0])) await this.#expect(this.#expected[0]!.type);
    this.#clock.advance(2000);
    assert.equal(this.#bench.agent.stage, "running");
  }

  async #cut(): Promise<void> {
    await this.#bench.agent.setStage("down");
    assert.equal(await this.#stream!.ended(), "error");
  }

  /** Does what the recorded framework did to cause the next events. */
  async #actAsFramework(): Promise<void> {
    const { agent, frameworkId } = this.#bench;
    const executorId = this.#executor.ids.executorId.value;
    for (let next = this.#expected[0]; next; next = this.#expected[0]) {
      if (next.message) agent.message(frameworkId, executorId, next.message.data);
      else if (next.kill) agent.kill(frameworkId, next.kill.taskId!.value, next.kill.killPolicy);
      else if (next.type === Event_Type.SHUTDOWN) agent.shutdownExecutor(frameworkId, executorId);
      else return;
      await this.#expect(next.type);
    }
  }

  async #expect(type: number): Promise<void> {
    const recorded = this.#expected.shift();
    assert.equal(recorded?.type, type);
    const [event] = await this.#stream!.take(1);
    assert.deepEqual(event, this.#normalise(recorded!));
  }

  /** Port and container differ from run to run. */
  #normalise(event: Event): Event {
    const { containerId } = this.#bench.containerizer.containers[0]!.spec;
    if (event.subscribed?.containerId) event.subscribed.containerId.value = containerId;
    const agentInfo = event.subscribed?.agentInfo;
    if (!agentInfo) return event;
    agentInfo.port = this.#bench.agent.endpoint.port;
    // Agents still send field 7, "checkpoint", which the schema has dropped.
    delete agentInfo.$unknown;
    return event;
  }
}

function isFromQueue(event: Event | undefined): boolean {
  return (
    event !== undefined && [Event_Type.SUBSCRIBED, Event_Type.LAUNCH, Event_Type.LAUNCH_GROUP].includes(event.type as 1)
  );
}

async function replay(scenario: string): Promise<void> {
  const environment = readEnvironment(scenario);
  const clock = new FakeClock();
  const isToken = environment.MESOS_EXECUTOR_AUTHENTICATION_TOKEN !== undefined;
  const recorded = readEvents(scenario, 0);
  await using bench = await openBench(
    {
      clock,
      resources: recordedResources,
      agentId: environment.MESOS_SLAVE_ID!,
      authentication: isToken ? "token" : "none",
      ...(isToken ? { listen: { kind: "unix", path: `/tmp/replay-${process.pid}.sock` } } : {}),
    },
    recorded[0]!.subscribed!.frameworkInfo as FrameworkInfo,
  );
  const reports = collect(bench.agent.updates());
  launchRecorded(bench, recorded);
  const container = await bench.containerizer.container();
  const token = container.spec.environment.MESOS_EXECUTOR_AUTHENTICATION_TOKEN;
  const executorId = environment.MESOS_EXECUTOR_ID!;
  const target = isToken ? { socketPath: bench.agent.endpoint.socketPath } : bench.agent.endpoint;
  const executor = new RawExecutor(target, bench.frameworkId, executorId, token ? { token } : {});
  const play = new Replay(bench, clock, executor, (index) => readEvents(scenario, index));
  // Streams are numbered by request: probes do not count, refused connections do.
  let index = 0;
  for (const call of readCalls(scenario)) await play.play(call.call === "SUBSCRIBE" ? index++ : index, call);
  await play.finish();
  await bench.agent[Symbol.asyncDispose]();
  compareReports(scenario, await reports, container.spec.containerId);
}

/** Launches what the recorded framework launched, with the resources that it had. */
function launchRecorded(bench: Bench, events: Event[]): void {
  const { agent, frameworkId } = bench;
  const launches = events.flatMap(({ launch }) => (launch?.task ? [launch.task] : []));
  const group = events.flatMap(({ launchGroup }) => launchGroup?.taskGroup?.tasks ?? []);
  const [executor] = [...launches, ...group].map((task) => task.executor!);
  for (const resources of [executor!.resources, ...[...launches, ...group].map((task) => task.resources)]) {
    agent.allocate(toRequest(resources));
  }
  for (const task of launches) agent.launch(frameworkId, task);
  if (group.length > 0) agent.launchGroup(frameworkId, executor!, group);
}

function toRequest(resources: TaskInfo["resources"]) {
  const scalar = (name: string) => resources.find((resource) => resource.name === name)?.scalar?.value ?? 0;
  const ranges = resources.flatMap((resource) => resource.ranges?.range ?? []);
  const ports = ranges.flatMap(({ begin, end }) => [...new Set([Number(begin), Number(end)])]);
  return { cpus: scalar("cpus"), mem: scalar("mem"), disk: scalar("disk"), ports };
}

async function collect(reports: AsyncIterable<AgentReport>): Promise<AgentReport[]> {
  const all: AgentReport[] = [];
  for await (const report of reports) all.push(report);
  return all;
}

/** The framework hears what the recorded scheduler heard; uuid and time of the agent's own updates differ. */
function compareReports(scenario: string, reports: AgentReport[], containerId: string): void {
  const heard = reports.flatMap((report) => (report.kind === "update" ? [toSchedulerJson(report.status)] : []));
  const recorded = readSchedulerStatuses(scenario).map((status) => {
    const container = status.container_status as { container_id: object; executor_pid: number } | undefined;
    if (container) Object.assign(container, { container_id: { value: containerId }, executor_pid: 4590 });
    return status;
  });
  for (const statuses of [heard, recorded]) {
    for (const status of statuses)
      if (status.source === "SOURCE_AGENT") Object.assign(status, { uuid: "", timestamp: 0 });
  }
  assert.deepEqual(heard, recorded);
}

for (const scenario of ["launch", "group", "restart", "jwt"]) {
  test(`the embedded agent answers the recorded executor "${scenario}" as a real agent did`, () => replay(scenario));
}
