import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { test } from "node:test";
import { openPublication } from "../../../src/executor/statistics/publication.ts";
import { FakeClock } from "../../fakes/fake_clock.ts";
import { RecordingLog } from "../recording_log.ts";
import { openTemporaryFolder } from "../temporary_folder.ts";

const view = { tasks: () => new Map(), workOf: () => undefined };

test("openPublication() writes the file until it is disposed, and leaves no timer", async () => {
  await using folder = await openTemporaryFolder();
  const clock = new FakeClock();
  {
    await using _publication = await openPublication({
      view,
      intervalMs: 500,
      sandbox: folder.path,
      clock,
      log: new RecordingLog(),
    });
    await clock.scheduled(500);
    clock.advance(500);
    await clock.scheduled(500);
  }
  assert.deepEqual(await readdir(folder.path), ["statistics.json"]);
  assert.deepEqual(clock.delays, []);
});

test("openPublication() says where metrics are served, and that they are not", async () => {
  await using folder = await openTemporaryFolder();
  const log = new RecordingLog();
  const parts = { view, sandbox: folder.path, clock: new FakeClock(), log };
  const metrics = { kind: "unix", path: folder.at("m.sock") } as const;
  await using _first = await openPublication({ ...parts, metrics });
  await using _second = await openPublication({ ...parts, metrics });
  assert.deepEqual(
    log.lines.map(({ level, message }) => [level, message]),
    [
      ["info", "metrics are served"],
      ["error", "metrics are not served"],
    ],
  );
  assert.equal(log.lines[0]?.fields.place, metrics.path);
});
