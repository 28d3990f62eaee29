import assert from "node:assert/strict";
import { test } from "node:test";
import { type Engine, openEngine } from "../../../src/docker/mod.ts";
import { answerJson, type FakeAnswer, startFakeDaemon } from "../fake_daemon.ts";

async function withDaemon(answer: FakeAnswer, use: (engine: Engine) => Promise<void>): Promise<void> {
  await using daemon = await startFakeDaemon(answer);
  await using engine = openEngine(daemon.address);
  await use(engine);
}

/** Answers the question for a container's size. */
function answerSize(status: number, value: object): FakeAnswer {
  return (request, response) => {
    assert.equal(`${request.method} ${request.path}?${request.query}`, "GET /containers/c1/json?size=1");
    answerJson(response, status, value);
  };
}

test("resizeTty() sends rows and columns", async () => {
  const answer: FakeAnswer = (request, response) => {
    assert.equal(`${request.method} ${request.path}?${request.query}`, "POST /containers/c1/resize?h=40&w=132");
    response.writeHead(200).end();
  };
  await withDaemon(answer, (engine) => engine.resizeTty("c1", { rows: 40, columns: 132 }));
});

test("resizeTty() says that a container does not run, or is not there", async () => {
  for (const [status, code] of [
    [409, "conflict"],
    [404, "not_found"],
  ] as const) {
    const answer: FakeAnswer = (_request, response) => answerJson(response, status, { message: "why" });
    await withDaemon(answer, async (engine) => {
      const message = `Cannot resize the terminal of container "c1": why (status ${status})`;
      await assert.rejects(engine.resizeTty("c1", { rows: 40, columns: 132 }), { code, message });
    });
  }
});

test("resizeTty() refuses a size that is none", async () => {
  await withDaemon(
    () => assert.fail("nothing may be sent"),
    async (engine) => {
      for (const rows of [-1, 1.5, Number.NaN]) {
        await assert.rejects(engine.resizeTty("c1", { rows, columns: 80 }), RangeError, `${rows}`);
      }
    },
  );
});

test("containerSize() gives the bytes of the container's own layer", async () => {
  for (const writableBytes of [4096, 0]) {
    await withDaemon(answerSize(200, { Id: "c1", SizeRw: writableBytes, SizeRootFs: 9999 }), async (engine) => {
      assert.deepEqual(await engine.containerSize("c1"), { writableBytes });
    });
  }
});

test("containerSize() gives nothing for a container that is not there", async () => {
  await withDaemon(answerSize(404, { message: "No such container: c1" }), async (engine) => {
    assert.equal(await engine.containerSize("c1"), undefined);
  });
});

test("containerSize() says that a storage driver does not tell, and invents no number", async () => {
  for (const size of [{}, { SizeRw: null }, { SizeRw: -1 }]) {
    await withDaemon(answerSize(200, { Id: "c1", ...size }), async (engine) => {
      const message = 'Cannot measure container "c1": the storage driver of the Docker daemon does not tell its size';
      await assert.rejects(engine.containerSize("c1"), { code: "unsupported", message });
    });
  }
});
