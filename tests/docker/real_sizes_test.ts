import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { openRealDaemon, type RealDaemon, readAll, realDaemon } from "./real_daemon.ts";

let daemon: RealDaemon;

before(async () => {
  if (!("skip" in realDaemon)) daemon = await openRealDaemon();
});

after(async () => {
  await daemon?.[Symbol.asyncDispose]();
});

test("resizeTty() changes the terminal that the container's process sees", realDaemon, async () => {
  const { engine } = daemon;
  const size = { rows: 41, columns: 133 };
  const container = await daemon.create(
    'until busybox stty size 2>/dev/null | busybox grep "41 133"; do sleep 0.1; done',
    {
      Tty: true,
      OpenStdin: true,
    },
  );
  await assert.rejects(engine.resizeTty(container, size), { code: "conflict" });
  await using output = await engine.openAttach(container);
  await engine.startContainer(container);
  await engine.resizeTty(container, size);
  assert.equal((await readAll(output)).stdout.toString(), "41 133\r\n");
  await assert.rejects(engine.resizeTty("mesos-docker-test-none", size), { code: "not_found" });
});

test("containerSize() counts what the container has written, also while it runs", realDaemon, async () => {
  const { engine } = daemon;
  const bytes = 2_000_000;
  const container = await daemon.create(`head -c ${bytes} /dev/zero > /written; echo done; sleep 600`);
  const untouched = await engine.containerSize(container);
  assert.ok(untouched !== undefined && untouched.writableBytes < bytes / 2, JSON.stringify(untouched));
  const output = await engine.openAttach(container);
  await engine.startContainer(container);
  for await (const _ of output) break;
  const written = await engine.containerSize(container);
  assert.ok(written !== undefined && written.writableBytes >= bytes, JSON.stringify(written));
  assert.ok(written.writableBytes < 2 * bytes, JSON.stringify(written));
  assert.equal(await engine.containerSize("mesos-docker-test-none"), undefined);
});
