import assert from "node:assert/strict";
import { test } from "node:test";
import { type EngineEvent, openEngine } from "../../../src/docker/mod.ts";
import { FakeClock } from "../../fakes/fake_clock.ts";
import { answerJson, type FakeAnswer, startFakeDaemon, untilNobodyIsConnected } from "../fake_daemon.ts";

const die = {
  Type: "container",
  Action: "die",
  Actor: { ID: "c1", Attributes: { exitCode: "7" } },
  time: 5,
  timeNano: 5e9,
};
const seen: EngineEvent = { type: "container", action: "die", id: "c1", attributes: { exitCode: "7" }, timeMs: 5000 };

const sendOne: FakeAnswer = (_request, response) => response.write(`${JSON.stringify(die)}\n`);

test("events() asks for what it is told, when the loop begins", async () => {
  await using daemon = await startFakeDaemon(sendOne);
  await using engine = openEngine(daemon.address);
  const events = engine.events({ filters: { type: ["container"], event: ["die", "oom"] }, sinceMs: 1500 });
  assert.deepEqual(daemon.requests, []);
  for await (const event of events) {
    assert.deepEqual(event, seen);
    break;
  }
  const filters = encodeURIComponent('{"type":["container"],"event":["die","oom"]}');
  assert.equal(daemon.requests.at(-1), `GET /v1.41/events?filters=${filters}&since=1.500000000`);
  await untilNobodyIsConnected(daemon);
});

test("events() has a deadline for the answer and none for the events", async () => {
  const clock = new FakeClock();
  await using daemon = await startFakeDaemon(sendOne);
  await using engine = openEngine(daemon.address, { clock });
  const events = engine.events()[Symbol.asyncIterator]();
  await events.next();
  assert.deepEqual(clock.delays, []);
  await events.return?.();
  await using silent = await startFakeDaemon(() => undefined);
  await using other = openEngine(silent.address, { clock });
  await other.version();
  const first = other.events()[Symbol.asyncIterator]().next();
  await clock.scheduled(30_000);
  clock.advance(30_000);
  await assert.rejects(first, { code: "timeout" });
});

test("events() are ended by an abort", async () => {
  const controller = new AbortController();
  await using daemon = await startFakeDaemon(sendOne);
  await using engine = openEngine(daemon.address);
  const events: EngineEvent[] = [];
  await assert.rejects(
    async () => {
      for await (const event of engine.events({ signal: controller.signal })) {
        events.push(event);
        setTimeout(() => controller.abort(new Error("enough")), 10);
      }
    },
    { code: "aborted", message: /^Cannot follow the events of ".*": aborted \(enough\)$/ },
  );
  assert.deepEqual(events, [seen]);
  await untilNobodyIsConnected(daemon);
});

test("events() fail, and do not end in silence, when the daemon goes away", async () => {
  const ways: [FakeAnswer, RegExp][] = [
    [(_request, response) => response.end(`${JSON.stringify(die)}\n`), /: the Docker daemon ended them$/],
    [
      (_request, response) => {
        response.write(`${JSON.stringify(die)}\n`, () => response.destroy());
      },
      /: the Docker daemon closed the connection before its answer was complete$/,
    ],
    [(_request, response) => response.end("<html>\n"), /: found "<html>" where a JSON value was expected$/],
    [(_request, response) => response.end("{}\n"), /: "Type" is missing$/],
    [(_request, response) => answerJson(response, 500, { message: "no events" }), /: no events \(status 500\)$/],
  ];
  for (const [answer, message] of ways) {
    await using daemon = await startFakeDaemon(answer);
    await using engine = openEngine(daemon.address);
    await assert.rejects(Array.fromAsync(engine.events()), { name: "EngineError", code: "failed", message });
  }
});

test("events() end by themselves at the moment that was asked for", async () => {
  await using daemon = await startFakeDaemon((_request, response) => {
    response.end(
      '{"Type":"image","Action":"tag","Actor":{"ID":"i1","Attributes":{"name":"a:1"}},"timeNano":1500000000}\n',
    );
  });
  await using engine = openEngine(daemon.address);
  const seen: string[] = [];
  for await (const { action, id } of engine.events({ sinceMs: 1000, untilMs: 2000.5 })) seen.push(`${action} ${id}`);
  assert.deepEqual(seen, ["tag i1"]);
  assert.equal(daemon.requests.at(-1), "GET /v1.41/events?since=1.000000000&until=2.000500000");
});
