import assert from "node:assert/strict";
import { createServer, type Socket } from "node:net";
import { after, before, test } from "node:test";
import { pack } from "tar-stream";
import type { EngineEvent } from "../../src/docker/mod.ts";
import { openRealDaemon, type RealDaemon, readAll, realDaemon } from "./real_daemon.ts";

let daemon: RealDaemon;

before(async () => {
  if (!("skip" in realDaemon)) daemon = await openRealDaemon();
});

after(async () => {
  await daemon?.[Symbol.asyncDispose]();
});

test("version() and info() tell what the daemon is", realDaemon, async () => {
  const version = await daemon.engine.version();
  assert.match(version.apiVersion, /^1\.\d+$/);
  assert.equal(version.os, "linux");
  const info = await daemon.engine.info();
  assert.equal(info.ServerVersion, version.engineVersion);
  assert.ok(info.NCPU > 0 && info.MemTotal > 0 && info.Driver !== "" && info.CgroupDriver !== "");
  assert.ok(Object.keys(info.DriverStatus).length > 0);
  assert.ok(Date.parse(info.SystemTime ?? "") > 0);
});

test("images are loaded, found, named once more and taken away", realDaemon, async () => {
  const { engine, image } = daemon;
  const found = await engine.inspectImage(image);
  assert.ok(found);
  assert.ok(found.RepoTags.includes(image));
  assert.deepEqual(found.Config.Cmd, ["/bin/sh"]);
  assert.deepEqual(found.Config.Entrypoint, []);
  const name = image.replace("tiny", "second");
  await engine.tagImage(found.Id, name);
  assert.equal((await engine.inspectImage(name))?.Id, found.Id);
  await engine.removeImage(name);
  assert.equal(await engine.inspectImage(name), undefined);
  await engine.removeImage(name);
});

test("a container's output and exit code arrive", realDaemon, async () => {
  const good = await daemon.run("echo out; echo err >&2; exit 0");
  assert.equal(good.statusCode, 0);
  assert.equal(good.stdout.toString(), "out\n");
  assert.equal(good.stderr.toString(), "err\n");
  assert.equal((await daemon.run("exit 7")).statusCode, 7);
});

test("1 MB on both streams at once arrives byte by byte", realDaemon, async () => {
  const bytes = 1_000_000;
  const text = (first: number) => {
    const lines = Array.from({ length: 200_000 }, (_, index) => `${first + index}\n`);
    return lines.join("").slice(0, bytes);
  };
  const ended = await daemon.run(
    `seq 100000 299999 | head -c ${bytes} & seq 500000 699999 | head -c ${bytes} >&2; wait`,
  );
  assert.ok(ended.stdout.toString() === text(100_000), `stdout: ${ended.stdout.length} bytes`);
  assert.ok(ended.stderr.toString() === text(500_000), `stderr: ${ended.stderr.length} bytes`);
});

test("20,000 short lines arrive in order", realDaemon, async () => {
  const ended = await daemon.run("seq 1 20000");
  const lines = ended.stdout.toString().trimEnd().split("\n");
  assert.equal(lines.length, 20_000);
  assert.ok(lines.every((line, index) => line === String(index + 1)));
});

test("openWait() before the start never gives a wrong status, 50 times", realDaemon, async () => {
  const { engine } = daemon;
  const statuses: number[] = [];
  const runOnce = async (status: number) => {
    const container = await daemon.create(`exit ${status}`);
    await using wait = await engine.openWait(container);
    await engine.startContainer(container);
    statuses[status] = (await wait.exit).statusCode;
    await engine.removeContainer(container, { force: true });
  };
  for (let status = 1; status <= 50; status += 5) {
    await Promise.all([0, 1, 2, 3, 4].map((ahead) => runOnce(status + ahead)));
  }
  assert.deepEqual(
    statuses.slice(1),
    Array.from({ length: 50 }, (_, index) => index + 1),
  );
});

test("a terminal's output comes as it is", realDaemon, async () => {
  const { engine } = daemon;
  const container = await daemon.create("echo one; echo two >&2", { Tty: true });
  await using output = await engine.openAttach(container);
  await engine.startContainer(container);
  const { stdout, stderr } = await readAll(output);
  assert.equal(stdout.toString(), "one\r\ntwo\r\n");
  assert.equal(stderr.length, 0);
});

test("openLogs() gives what was said, its end alone, and what comes", realDaemon, async () => {
  const { engine } = daemon;
  const { container } = await daemon.run("seq 1 100; echo err >&2");
  const all = await readAll(await engine.openLogs(container));
  assert.equal(all.stdout.toString().split("\n").length, 101);
  assert.equal(all.stderr.toString(), "err\n");
  const tail = await readAll(await engine.openLogs(container, { tailLines: 1 }));
  assert.equal(tail.stdout.length + tail.stderr.length, 4);
  const later = await readAll(await engine.openLogs(container, { sinceMs: Date.now() + 60_000 }));
  assert.equal(later.stdout.length, 0);
  const living = await daemon.create("echo first; sleep 1; echo second");
  await engine.startContainer(living);
  const followed = await readAll(await engine.openLogs(living, { follow: true }));
  assert.equal(followed.stdout.toString(), "first\nsecond\n");
});

test(
  "killContainer() sends the signal that it is told, and takes no offence at an ended container",
  realDaemon,
  async () => {
    const { engine } = daemon;
    const container = await daemon.create("trap 'exit 3' USR1; echo ready; while true; do sleep 1 & wait $!; done");
    await using wait = await engine.openWait(container);
    const output = await engine.openAttach(container);
    await engine.startContainer(container);
    for await (const _ of output) break; // It is ready.
    await engine.killContainer(container, { killSignal: "SIGUSR1" });
    assert.equal((await wait.exit).statusCode, 3);
    await engine.killContainer(container, { killSignal: "SIGKILL" });
    await assert.rejects(engine.killContainer(container, { killSignal: "SIGNONSENSE" }), {
      code: "invalid",
      status: 400,
    });
    await assert.rejects(engine.killContainer("mesos-docker-test-none", { killSignal: "SIGKILL" }), {
      code: "not_found",
    });
  },
);

test("stopContainer() gives the grace, then kills", realDaemon, async () => {
  const { engine } = daemon;
  const polite = await daemon.create("trap 'exit 5' TERM; echo ready; while true; do sleep 1 & wait $!; done");
  await using politeWait = await engine.openWait(polite);
  const output = await engine.openAttach(polite);
  await engine.startContainer(polite);
  for await (const _ of output) break;
  await engine.stopContainer(polite, { graceSeconds: 30 });
  assert.equal((await politeWait.exit).statusCode, 5);
  await engine.stopContainer(polite, { graceSeconds: 0 });

  // The first process of a container has no default reaction to signals, so this one does not notice TERM.
  const deaf = await daemon.create("sleep 600");
  await using deafWait = await engine.openWait(deaf);
  await engine.startContainer(deaf);
  const beganMs = Date.now();
  await engine.stopContainer(deaf, { graceSeconds: 1 });
  assert.ok(Date.now() - beganMs >= 1000);
  assert.equal((await deafWait.exit).statusCode, 137);
  await assert.rejects(engine.stopContainer("mesos-docker-test-none", { graceSeconds: 0 }), { code: "not_found" });
});

test("removeContainer() refuses a running container unless forced, and is content with none", realDaemon, async () => {
  const { engine } = daemon;
  const container = await daemon.create("sleep 600");
  await engine.startContainer(container);
  await engine.startContainer(container);
  await assert.rejects(engine.removeContainer(container), { code: "conflict", status: 409 });
  await Promise.all([1, 2, 3].map(() => engine.removeContainer(container, { force: true, volumes: true })));
  assert.equal(await engine.inspectContainer(container), undefined);
  await engine.removeContainer(container);
});

test("listContainers() and inspectContainer() see labels and state", realDaemon, async () => {
  const { engine, label } = daemon;
  const container = await daemon.create("exit 4", {
    Labels: { kind: "inspected" },
    HostConfig: { Memory: 64 * 1024 * 1024 },
  });
  const listed = async (all: boolean) => {
    const found = await engine.listContainers({ labels: [label, "kind=inspected"], all });
    return found.map(({ Id }) => Id);
  };
  assert.deepEqual(await listed(false), []);
  assert.deepEqual(await listed(true), [container]);
  await using wait = await engine.openWait(container);
  await engine.startContainer(container);
  await wait.exit;
  const found = await engine.inspectContainer(container);
  assert.equal(found?.State.Status, "exited");
  assert.equal(found?.State.ExitCode, 4);
  assert.equal(found?.Config.Labels.kind, "inspected");
  assert.equal(found?.HostConfig.Memory, 64 * 1024 * 1024);
  assert.ok(found?.raw !== null && typeof found?.raw === "object" && "HostnamePath" in found.raw);
});

test("events() tell of a container's life, from the moment on that was asked for", realDaemon, async () => {
  const { engine } = daemon;
  const sinceMs = Date.now() - 1;
  const { container } = await daemon.run("exit 6");
  const filters = { type: ["container"], container: [container], event: ["create", "start", "die"] };
  const seen: EngineEvent[] = [];
  for await (const event of engine.events({ filters, sinceMs })) {
    seen.push(event);
    if (event.action === "die") break;
  }
  assert.deepEqual(
    seen.map(({ action, id }) => [action, id]),
    [
      ["create", container],
      ["start", container],
      ["die", container],
    ],
  );
  assert.equal(seen[2]?.attributes.exitCode, "6");
  assert.ok(Math.abs((seen[0]?.timeMs ?? 0) - Date.now()) < 60_000);
});

test("calls give the daemon's own words when it refuses", realDaemon, async () => {
  const { engine, image } = daemon;
  const name = `mesos-docker-test-${Date.now()}`;
  const { id } = await engine.createContainer({ name, body: { Image: image, HostConfig: { NetworkMode: "none" } } });
  try {
    await assert.rejects(engine.createContainer({ name, body: { Image: image } }), {
      code: "conflict",
      message: /already in use/,
    });
  } finally {
    await engine.removeContainer(id);
  }
  await assert.rejects(engine.createContainer({ body: { Image: "mesos-docker-test/none:none" } }), {
    code: "not_found",
  });
  await assert.rejects(daemon.create("true", { HostConfig: { Memory: 1 } }), { code: "invalid", message: /[Mm]emory/ });
  const broken = await daemon.create("", { Cmd: ["/no/such/program"] });
  await assert.rejects(engine.startContainer(broken), { name: "EngineError", message: /no such file or directory/ });
  await assert.rejects(engine.pullImage("127.0.0.1:1/none:none"), { code: "failed", message: /connection refused/ });
});

test("every long call ends at once when it is aborted", realDaemon, async () => {
  const { engine } = daemon;
  const container = await daemon.create("sleep 600");
  await engine.startContainer(container);
  const sockets = new Set<Socket>();
  const hung = createServer((socket) => sockets.add(socket));
  await new Promise<void>((resolve) => hung.listen(0, "127.0.0.1", resolve));
  const address = hung.address();
  assert.ok(address !== null && typeof address === "object");
  async function* endless(): AsyncGenerator<Uint8Array> {
    // Zeros alone are the end of an archive, after which newer daemons read no more.
    const archive = pack();
    archive.entry({ name: "layer.tar", size: 1e12 });
    for await (const header of archive as AsyncIterable<Uint8Array>) {
      yield header;
      break;
    }
    for (;;) {
      yield new Uint8Array(512);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
  }
  const calls: Record<string, (signal: AbortSignal) => Promise<unknown>> = {
    wait: async (signal) => await (await engine.openWait(container, { signal })).exit,
    attach: async (signal) => await readAll(await engine.openAttach(container, { signal })),
    logs: async (signal) => await readAll(await engine.openLogs(container, { follow: true, signal })),
    events: (signal) => Array.fromAsync(engine.events({ signal, filters: { type: ["plugin"] } })),
    stop: (signal) => engine.stopContainer(container, { graceSeconds: 30, signal }),
    pull: (signal) => engine.pullImage(`127.0.0.1:${address.port}/a:b`, { signal }),
    load: (signal) => engine.loadImage(endless(), { signal }),
  };
  try {
    for (const [name, call] of Object.entries(calls)) {
      const controller = new AbortController();
      const begun = call(controller.signal);
      let abortedMs = 0;
      setTimeout(() => {
        abortedMs = Date.now();
        controller.abort(new Error("enough"));
      }, 300);
      await assert.rejects(begun, { code: "aborted", message: /: aborted \(enough\)$/ }, name);
      assert.ok(Date.now() - abortedMs < 200, `${name} took ${Date.now() - abortedMs} ms`);
    }
  } finally {
    for (const socket of sockets) socket.destroy();
    hung.close();
  }
});
