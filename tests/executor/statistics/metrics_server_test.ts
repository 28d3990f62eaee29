import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { readFile, rename, writeFile } from "node:fs/promises";
import { request } from "node:http";
import { createServer } from "node:net";
import { test } from "node:test";
import type { MetricsPlace } from "../../../src/executor/setting_values.ts";
import { openMetricsServer } from "../../../src/executor/statistics/metrics_server.ts";
import { RecordingLog } from "../recording_log.ts";
import { openTemporaryFolder } from "../temporary_folder.ts";

const write = () => Promise.resolve({ contentType: "text/plain; version=0.0.4", text: "one 1\n" });

const anyPort: MetricsPlace = { kind: "tcp", host: "127.0.0.1", port: 0 };

interface Answer {
  status: number | undefined;
  type: string | undefined;
  text: string;
}

function ask(place: { port: number } | { socketPath: string }, path = "/metrics", method = "GET"): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: "127.0.0.1", ...place, path, method, agent: false }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (chunk: string) => {
        text += chunk;
      });
      response.on("end", () => resolve({ status: response.statusCode, type: response.headers["content-type"], text }));
    });
    asked.on("error", reject);
    asked.end();
  });
}

test("metrics are served at a port", async () => {
  await using server = await openMetricsServer(anyPort, write, new RecordingLog());
  const answer = await ask({ port: Number(server.place) });
  assert.deepEqual(answer, { status: 200, type: "text/plain; version=0.0.4", text: "one 1\n" });
});

for (const [method, path] of [
  ["GET", "/"],
  ["POST", "/metrics"],
] as const) {
  test(`${method} ${path} finds nothing`, async () => {
    await using server = await openMetricsServer(anyPort, write, new RecordingLog());
    assert.equal((await ask({ port: Number(server.place) }, path, method)).status, 404);
  });
}

test("metrics that cannot be written are the executor's own trouble", async () => {
  const log = new RecordingLog();
  await using server = await openMetricsServer(anyPort, () => Promise.reject(new Error("a secret")), log);
  const { status, text } = await ask({ port: Number(server.place) });
  assert.equal(status, 500);
  assert.equal(text.includes("a secret"), false);
  assert.deepEqual(log.messages("error"), ["cannot write metrics"]);
});

test("metrics are served at a socket, which is gone in the end", async () => {
  await using folder = await openTemporaryFolder();
  const path = folder.at("metrics.sock");
  {
    await using _server = await openMetricsServer({ kind: "unix", path }, write, new RecordingLog());
    assert.equal((await ask({ socketPath: path })).text, "one 1\n");
  }
  assert.equal(existsSync(path), false);
});

test("a socket that nobody listens at any more is taken over", async () => {
  await using folder = await openTemporaryFolder();
  const path = folder.at("metrics.sock");
  await leaveSocket(folder.at("first.sock"), path);
  await using _server = await openMetricsServer({ kind: "unix", path }, write, new RecordingLog());
  assert.equal((await ask({ socketPath: path })).text, "one 1\n");
});

/** What a server leaves that was killed: a closing one removes the name that it knows. */
async function leaveSocket(first: string, path: string): Promise<void> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(first, resolve));
  await rename(first, path);
  await new Promise((resolve) => server.close(resolve));
}

test("a file that is no socket is left alone", async () => {
  await using folder = await openTemporaryFolder();
  const path = folder.at("precious");
  await writeFile(path, "as it was");
  await assert.rejects(openMetricsServer({ kind: "unix", path }, write, new RecordingLog()), { code: "EADDRINUSE" });
  assert.equal(await readFile(path, "utf8"), "as it was");
});

test("a socket that somebody listens at is left to them", async () => {
  await using folder = await openTemporaryFolder();
  const place = { kind: "unix", path: folder.at("metrics.sock") } as const;
  await using _first = await openMetricsServer(place, write, new RecordingLog());
  await assert.rejects(openMetricsServer(place, write, new RecordingLog()), { code: "EADDRINUSE" });
  assert.equal((await ask({ socketPath: place.path })).text, "one 1\n");
});

test("a port that is taken is said", async () => {
  const other = createServer();
  const port = await new Promise<number>((resolve) => {
    other.listen(0, "127.0.0.1", () => resolve((other.address() as { port: number }).port));
  });
  try {
    await assert.rejects(openMetricsServer({ ...anyPort, port } as MetricsPlace, write, new RecordingLog()), {
      code: "EADDRINUSE",
    });
  } finally {
    other.close();
  }
});
