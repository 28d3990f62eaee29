import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { test } from "node:test";
import { type ContainerOutput, type Engine, openEngine } from "../../../src/docker/mod.ts";
import { FakeClock } from "../../fakes/fake_clock.ts";
import {
  answerJson,
  type FakeAnswer,
  type FakeUpgrade,
  startFakeDaemon,
  untilNobodyIsConnected,
  upgradeHead,
} from "../fake_daemon.ts";

const framed = { Id: "c1", Config: { Tty: false } };
const raw = { Id: "c1", Config: { Tty: true } };

function frame(stream: 1 | 2, payload: string): Buffer {
  const header = Buffer.from([stream, 0, 0, 0, 0, 0, 0, payload.length]);
  return Buffer.concat([header, Buffer.from(payload)]);
}

function inspectAs(container: object, rest: FakeAnswer = () => undefined): FakeAnswer {
  return (request, response) => {
    if (request.path === "/containers/c1/json") answerJson(response, 200, container);
    else rest(request, response);
  };
}

async function textOf(output: ContainerOutput): Promise<string> {
  let text = "";
  for await (const { stream, bytes } of output) text += `${stream}:${Buffer.from(bytes).toString()} `;
  return text.trimEnd();
}

async function attachTo(
  container: object,
  upgrade: FakeUpgrade,
  use: (engine: Engine) => Promise<void>,
): Promise<void> {
  await using daemon = await startFakeDaemon(inspectAs(container), { upgrade });
  await using engine = openEngine(daemon.address);
  await use(engine);
  await untilNobodyIsConnected(daemon);
}

test("openAttach() gives frames that come with the answer's headers and after them", async () => {
  const upgrade: FakeUpgrade = (request, socket) => {
    assert.equal(`${request.method} ${request.path}`, "POST /containers/c1/attach");
    assert.deepEqual(Object.fromEntries(request.query), { stream: "1", stdout: "1", stderr: "1" });
    socket.write(Buffer.concat([Buffer.from(upgradeHead), frame(1, "early ")]));
    setTimeout(() => socket.end(frame(2, "late")), 20);
  };
  await attachTo(framed, upgrade, async (engine) => {
    assert.equal(await textOf(await engine.openAttach("c1")), "stdout:early  stderr:late");
  });
});

test("openAttach() gives the output of a terminal as it is", async () => {
  await attachTo(
    raw,
    (_request, socket) => socket.end(`${upgradeHead}hello`),
    async (engine) => {
      assert.equal(await textOf(await engine.openAttach("c1")), "stdout:hello");
    },
  );
});

test("openAttach() rejects output that ends inside a frame, or is none", async () => {
  const outputs: [output: Buffer, found: string][] = [
    [frame(1, "abc").subarray(0, 10), "the output ended inside a frame"],
    [frame(1, "abc").subarray(0, 3), "the output ended inside a frame"],
    [Buffer.from("hello world"), "found 68 65 6c 6c 6f 20 77 6f where the header of a frame was expected"],
  ];
  for (const [output, found] of outputs) {
    const upgrade: FakeUpgrade = (_request, socket) => socket.end(Buffer.concat([Buffer.from(upgradeHead), output]));
    await attachTo(framed, upgrade, async (engine) => {
      const message = `Cannot attach to container "c1": ${found}`;
      await assert.rejects(engine.openAttach("c1").then(textOf), { name: "EngineError", code: "failed", message });
    });
  }
});

test("openAttach() takes an answer that does not upgrade the connection, as some proxies give", async () => {
  const head = "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\n";
  const upgrade: FakeUpgrade = (_request, socket) => socket.end(Buffer.concat([Buffer.from(head), frame(1, "plain")]));
  await attachTo(framed, upgrade, async (engine) => {
    assert.equal(await textOf(await engine.openAttach("c1")), "stdout:plain");
  });
});

test("openAttach() passes the daemon's refusal on", async () => {
  const upgrade: FakeUpgrade = (_request, socket) => {
    socket.end('HTTP/1.1 409 Conflict\r\nContent-Length: 21\r\n\r\n{"message":"is paused"}'.replace("21", "23"));
  };
  await attachTo(framed, upgrade, async (engine) => {
    await assert.rejects(engine.openAttach("c1"), {
      code: "conflict",
      message: 'Cannot attach to container "c1": is paused (status 409)',
    });
  });
});

test("openAttach() and openLogs() say that a container is not there", async () => {
  await using daemon = await startFakeDaemon((_request, response) => answerJson(response, 404, { message: "none" }));
  await using engine = openEngine(daemon.address);
  await assert.rejects(engine.openAttach("c1"), {
    code: "not_found",
    status: 404,
    message: 'Cannot attach to container "c1": no such container',
  });
  await assert.rejects(engine.openLogs("c1"), {
    code: "not_found",
    message: 'Cannot read the logs of container "c1": no such container',
  });
});

test("openAttach() has a deadline for the answer and none for the output", async () => {
  const clock = new FakeClock();
  const { promise: upgraded, resolve } = Promise.withResolvers<() => void>();
  let answers = 0;
  const upgrade: FakeUpgrade = (_request, socket) => {
    if (answers++ === 0) return;
    socket.write(upgradeHead);
    resolve(() => socket.end(frame(1, "at last")));
  };
  await using daemon = await startFakeDaemon(inspectAs(framed), { upgrade });
  await using engine = openEngine(daemon.address, { clock });
  await engine.inspectContainer("c1");
  const hung = engine.openAttach("c1", { deadlineMs: 5000 });
  while (answers === 0) await new Promise((next) => setTimeout(next, 5));
  clock.advance(5000);
  await assert.rejects(hung, { code: "timeout" });
  const output = await engine.openAttach("c1");
  assert.deepEqual(clock.delays, []);
  (await upgraded)();
  assert.equal(await textOf(output), "stdout:at last");
});

const waysToEnd: [name: string, end: (output: ContainerOutput, controller: AbortController) => PromiseLike<unknown>][] =
  [
    [
      "leaving the loop",
      async (output) => {
        for await (const _ of output) break;
      },
    ],
    ["disposing it before it is read", (output) => output[Symbol.asyncDispose]()],
    [
      "disposing it while it is read",
      async (output) => {
        const frames = output[Symbol.asyncIterator]();
        await frames.next();
        const next = frames.next();
        await output[Symbol.asyncDispose]();
        await assert.rejects(next, { code: "aborted", message: 'Cannot attach to container "c1": given up' });
      },
    ],
    [
      "the caller's abort",
      async (output, controller) => {
        const read = textOf(output);
        controller.abort(new Error("killed"));
        await assert.rejects(read, { code: "aborted", message: 'Cannot attach to container "c1": aborted (killed)' });
      },
    ],
  ];

for (const [name, end] of waysToEnd) {
  test(`openAttach() is ended by ${name}, and its connection with it`, async () => {
    const controller = new AbortController();
    const upgrade: FakeUpgrade = (_request, socket) =>
      socket.write(Buffer.concat([Buffer.from(upgradeHead), frame(1, "x")]));
    await using daemon = await startFakeDaemon(inspectAs(framed), { upgrade });
    await using engine = openEngine(daemon.address);
    const output = await engine.openAttach("c1", { signal: controller.signal });
    await end(output, controller);
    await untilNobodyIsConnected(daemon);
  });
}

test("openAttach() does not read ahead of a slow reader", async () => {
  let written = 0;
  const upgrade: FakeUpgrade = (_request, socket) => {
    socket.write(upgradeHead);
    const header = Buffer.from([1, 0, 0, 0, 0, 1, 0, 0]);
    const part = Buffer.concat([header, Buffer.alloc(65_536)]);
    const write = () => {
      do written += part.length;
      while (socket.write(part));
    };
    socket.on("drain", write);
    write();
  };
  await using daemon = await startFakeDaemon(inspectAs(framed), { upgrade });
  await using engine = openEngine(daemon.address);
  await using output = await engine.openAttach("c1");
  await output[Symbol.asyncIterator]().next();
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.ok(written < 16 * 1024 * 1024, `${written} bytes were taken of an endless output that nobody reads`);
});

test("openLogs() asks for what it is told and reads frames", async () => {
  await using daemon = await startFakeDaemon(
    inspectAs(framed, (_request, response) => response.end(Buffer.concat([frame(1, "a"), frame(2, "b")]))),
  );
  await using engine = openEngine(daemon.address);
  assert.equal(await textOf(await engine.openLogs("c1")), "stdout:a stderr:b");
  assert.equal(daemon.requests.at(-1), "GET /v1.41/containers/c1/logs?stdout=1&stderr=1");
  await textOf(await engine.openLogs("c1", { follow: true, sinceMs: 1_700_000_000_123, tailLines: 0 }));
  assert.equal(
    daemon.requests.at(-1),
    "GET /v1.41/containers/c1/logs?stdout=1&stderr=1&follow=1&since=1700000000.123000000&tail=0",
  );
});

test("openLogs() passes on that a log driver keeps nothing", async () => {
  const refuse: FakeAnswer = (_request, response) =>
    answerJson(response, 501, { message: "configured logging driver does not support reading" });
  await using daemon = await startFakeDaemon(inspectAs(framed, refuse));
  await using engine = openEngine(daemon.address);
  await assert.rejects(engine.openLogs("c1"), {
    code: "unsupported",
    message: /: configured logging driver does not support reading /,
  });
});
