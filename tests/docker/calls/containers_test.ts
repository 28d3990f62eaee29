import assert from "node:assert/strict";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { type Engine, openEngine } from "../../../src/docker/mod.ts";
import { FakeClock } from "../../fakes/fake_clock.ts";
import { answerJson, type FakeAnswer, type FakeDaemon, startFakeDaemon, version29 } from "../fake_daemon.ts";

/** Answers each `METHOD /path?query` with a status and a document. */
function answerFrom(answers: Readonly<Record<string, [status: number, value?: unknown]>>): FakeAnswer {
  return (request, response) => {
    const query = request.query.size === 0 ? "" : `?${decodeURIComponent(request.query.toString())}`;
    const key = `${request.method} ${request.path}${query}`;
    const [status, value] = answers[key] ?? [500, { message: `unexpected ${key}` }];
    if (value === undefined) response.writeHead(status).end();
    else answerJson(response, status, value);
  };
}

async function withDaemon(
  answer: FakeAnswer,
  use: (engine: Engine, daemon: FakeDaemon) => Promise<void>,
): Promise<void> {
  await using daemon = await startFakeDaemon(answer);
  await using engine = openEngine(daemon.address);
  await use(engine, daemon);
}

test("createContainer() sends the body as it is, name and platform beside it", async () => {
  const bodies: unknown[] = [];
  const answer: FakeAnswer = async (request, response) => {
    assert.equal(request.message.headers["content-type"], "application/json");
    bodies.push(request.query.toString(), JSON.parse(await text(request.message)));
    answerJson(response, 201, { Id: "c1", Warnings: ["no swap"] });
  };
  const body = { Image: "a:b", Cmd: ["ü"], HostConfig: { Memory: 1, PortBindings: { "80/tcp": [{ HostPort: "1" }] } } };
  await withDaemon(answer, async (engine) => {
    assert.deepEqual(await engine.createContainer({ body }), { id: "c1", warnings: ["no swap"] });
    await engine.createContainer({ name: "one", platform: "linux/arm64", body });
  });
  assert.deepEqual(bodies, ["", body, "name=one&platform=linux%2Farm64", body]);
});

test("createContainer() takes null for no warnings", async () => {
  await withDaemon(answerFrom({ "POST /containers/create": [201, { Id: "c1", Warnings: null }] }), async (engine) => {
    assert.deepEqual(await engine.createContainer({ body: { Image: "a" } }), { id: "c1", warnings: [] });
  });
});

test("createContainer() refuses a platform that an old daemon would not see", async () => {
  await using daemon = await startFakeDaemon(() => assert.fail("nothing may be sent"));
  await using engine = openEngine(daemon.address, { apiVersion: "1.40" });
  await assert.rejects(engine.createContainer({ name: "one", platform: "linux/arm64", body: { Image: "a" } }), {
    code: "unsupported",
    message: 'Cannot create container "one": platform needs API 1.41, spoken is 1.40',
  });
});

test("createContainer() tells a missing image, a taken name and a bad body apart", async () => {
  for (const [status, code] of [
    [404, "not_found"],
    [409, "conflict"],
    [400, "invalid"],
  ] as const) {
    await withDaemon(answerFrom({ "POST /containers/create": [status, { message: "why" }] }), async (engine) => {
      await assert.rejects(engine.createContainer({ body: { Image: "a:b" } }), {
        code,
        status,
        message: `Cannot create container "a:b": why (status ${status})`,
      });
    });
  }
});

test("startContainer(), stopContainer() and killContainer() are content with a container that is so already", async () => {
  const answer = answerFrom({
    "POST /containers/c1/start": [304],
    "POST /containers/c1/stop?t=3": [304],
    "POST /containers/c1/kill?signal=SIGUSR1": [409, { message: "is not running" }],
  });
  await withDaemon(answer, async (engine) => {
    await engine.startContainer("c1");
    await engine.stopContainer("c1", { graceSeconds: 2.1 });
    await engine.killContainer("c1", { killSignal: "SIGUSR1" });
  });
});

test("startContainer() sends no body, which newer daemons refuse", async () => {
  const answer: FakeAnswer = async (request, response) => {
    assert.equal(await text(request.message), "");
    response.writeHead(204).end();
  };
  await withDaemon(answer, (engine) => engine.startContainer("c1"));
});

test("startContainer(), stopContainer() and killContainer() say that a container is not there", async () => {
  const absent: FakeAnswer = (_request, response) => answerJson(response, 404, { message: "No such container: c1" });
  await withDaemon(absent, async (engine) => {
    const expected = { code: "not_found", status: 404, message: /^Cannot \w+ container "c1": No such container: c1 / };
    await assert.rejects(engine.startContainer("c1"), expected);
    await assert.rejects(engine.stopContainer("c1", { graceSeconds: 0 }), expected);
    await assert.rejects(engine.killContainer("c1", { killSignal: "KILL" }), expected);
  });
});

test("stopContainer() waits for the grace and a margin", async () => {
  const clock = new FakeClock();
  await using daemon = await startFakeDaemon(() => undefined);
  await using engine = openEngine(daemon.address, { clock });
  await engine.version();
  const call = engine.stopContainer("c1", { graceSeconds: 60 });
  await clock.scheduled(75_000);
  clock.advance(75_000);
  await assert.rejects(call, { code: "timeout", message: /^Cannot stop container "c1": .* within 75 s$/ });
  const short = engine.stopContainer("c1", { graceSeconds: 60, deadlineMs: 1000 });
  await clock.scheduled(61_000);
  clock.advance(61_000);
  await assert.rejects(short, { code: "timeout" });
});

test("createContainer() and startContainer() have 60 s", async () => {
  const clock = new FakeClock();
  await using daemon = await startFakeDaemon(() => undefined);
  await using engine = openEngine(daemon.address, { clock });
  await engine.version();
  for (const begin of [() => engine.createContainer({ body: { Image: "a" } }), () => engine.startContainer("c1")]) {
    const call = begin();
    await clock.scheduled(60_000);
    clock.advance(60_000);
    await assert.rejects(call, { code: "timeout", message: /within 60 s$/ });
  }
});

test("removeContainer() is content with a container that is gone or going", async () => {
  const busy = { message: "removal of container c1 is already in progress" };
  await withDaemon(answerFrom({ "DELETE /containers/c1": [404, { message: "none" }] }), (engine) =>
    engine.removeContainer("c1"),
  );
  await withDaemon(answerFrom({ "DELETE /containers/c1?force=1&v=1": [204] }), (engine) =>
    engine.removeContainer("c1", { force: true, volumes: true }),
  );
  const going = {
    "DELETE /containers/c1": [409, busy],
    "GET /containers/c1/json": [200, { Id: "c1", State: { Status: "removing" } }],
  } as const;
  await withDaemon(answerFrom({ ...going } as never), (engine) => engine.removeContainer("c1"));
  await withDaemon(answerFrom({ ...going, "GET /containers/c1/json": [404, busy] } as never), (engine) =>
    engine.removeContainer("c1"),
  );
});

test("removeContainer() does not take a running container for one that is going", async () => {
  const answer = answerFrom({
    "DELETE /containers/c1": [409, { message: "You cannot remove a running container" }],
    "GET /containers/c1/json": [200, { Id: "c1", State: { Status: "running" } }],
  });
  await withDaemon(answer, async (engine) => {
    await assert.rejects(engine.removeContainer("c1"), {
      code: "conflict",
      status: 409,
      message: 'Cannot remove container "c1": You cannot remove a running container (status 409)',
    });
  });
});

test("removeContainer() by force is content while another one's force still kills the container", async () => {
  const answer = answerFrom({
    "DELETE /containers/c1?force=1": [409, { message: "removal of container c1 is already in progress" }],
    "GET /containers/c1/json": [200, { Id: "c1", State: { Status: "running" } }],
  });
  await withDaemon(answer, (engine) => engine.removeContainer("c1", { force: true }));
});

test("inspectContainer() gives undefined for one that is not there, and the whole document beside its view", async () => {
  const document = { Id: "c1", State: { Status: "exited", ExitCode: 7 }, Unknown: { kept: true } };
  const answer = answerFrom({
    "GET /containers/c1/json": [200, document],
    "GET /containers/c2/json": [404, { message: "no" }],
  });
  await withDaemon(answer, async (engine) => {
    const found = await engine.inspectContainer("c1");
    assert.equal(found?.State.ExitCode, 7);
    assert.deepEqual(found?.raw, document);
    assert.equal(await engine.inspectContainer("c2"), undefined);
  });
});

test("listContainers() asks for all the labels", async () => {
  const answer = answerFrom({
    "GET /containers/json": [200, []],
    'GET /containers/json?all=1&filters={"label":["a=b","c"]}': [200, [{ Id: "c1", Labels: { a: "b" } }]],
  });
  await withDaemon(answer, async (engine) => {
    assert.deepEqual(await engine.listContainers(), []);
    const [found] = await engine.listContainers({ labels: ["a=b", "c"], all: true });
    assert.equal(found?.Id, "c1");
  });
});

test("calls about a container refuse what is no name, and would address another call", async () => {
  await withDaemon(
    () => assert.fail("nothing may be sent"),
    async (engine) => {
      for (const name of ["", "..", ".", "../images", "a//b"]) {
        const expected = { code: "invalid", message: `Cannot remove container "${name}": this is no name` };
        await assert.rejects(engine.removeContainer(name), expected);
        await assert.rejects(engine.inspectContainer(name), { code: "invalid" });
        await assert.rejects(engine.openWait(name), { code: "invalid" });
        await assert.rejects(engine.openAttach(name), { code: "invalid" });
      }
    },
  );
});

test("calls about a container cannot leave its path", async () => {
  await using daemon = await startFakeDaemon((_request, response) => answerJson(response, 404, {}), {
    version: version29,
  });
  await using engine = openEngine(daemon.address);
  await engine.inspectContainer("a?x=#y%2F..");
  assert.equal(daemon.requests.at(-1), "GET /v1.52/containers/a%3Fx%3D%23y%252F../json");
});

test("stopContainer() refuses a grace that is no time", async () => {
  await withDaemon(
    () => assert.fail("nothing may be sent"),
    async (engine) => {
      for (const graceSeconds of [-1, Number.NaN, Number.POSITIVE_INFINITY]) {
        await assert.rejects(engine.stopContainer("c1", { graceSeconds }), RangeError, `${graceSeconds}`);
      }
    },
  );
});

test("createContainer() sends what the API version that is spoken takes", async () => {
  const bodies: unknown[] = [];
  await using daemon = await startFakeDaemon(
    async (request, response) => {
      bodies.push(JSON.parse(await text(request.message)));
      answerJson(response, 201, { Id: "c1" });
    },
    { version: version29 },
  );
  await using engine = openEngine(daemon.address);
  await engine.createContainer({ body: { Image: "a", MacAddress: "02:00:00:00:00:01" } });
  const EndpointsConfig = { bridge: { MacAddress: "02:00:00:00:00:01" } };
  assert.deepEqual(bodies, [{ Image: "a", NetworkingConfig: { EndpointsConfig } }]);
});

test("removeContainer() is content with an old daemon's 400 for a container that is being removed", async () => {
  const answer = (status: string) =>
    answerFrom({
      "DELETE /containers/c1": [400, { message: "removal is already in progress" }],
      "GET /containers/c1/json": [200, { Id: "c1", State: { Status: status } }],
    });
  await withDaemon(answer("removing"), (engine) => engine.removeContainer("c1"));
  await withDaemon(answer("exited"), async (engine) => {
    await assert.rejects(engine.removeContainer("c1"), { code: "invalid", message: /removal is already in progress/ });
  });
});
