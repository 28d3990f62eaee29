// The images themselves, in the real daemon: runs with MESOS_DOCKER_E2E=1.
import assert from "node:assert/strict";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { test } from "node:test";
import { type ContainerCreate, type Engine, openEngine, parseEngineAddress } from "../../src/docker/mod.ts";
import { sleep, systemClock } from "../../src/runtime/clock.ts";
import { silentLog } from "../../src/runtime/log.ts";
import { aptSource } from "./apt.ts";
import { ensureImages } from "./ensure.ts";
import { redisRecipe } from "./recipes.ts";
import { storeImage } from "./store.ts";

const skip = process.env.MESOS_DOCKER_E2E !== "1";

function connect(): Engine {
  const { DOCKER_HOST, DOCKER_TLS_VERIFY, DOCKER_CERT_PATH } = process.env;
  return openEngine(parseEngineAddress(DOCKER_HOST, { verify: DOCKER_TLS_VERIFY, certPath: DOCKER_CERT_PATH }));
}

/** Runs a command in a container of its own to its end. */
async function run(engine: Engine, Image: string, Cmd: string[]): Promise<{ statusCode: number; output: string }> {
  const request: ContainerCreate = { body: { Image, Cmd, HostConfig: { NetworkMode: "host" } } };
  const { id } = await engine.createContainer(request);
  try {
    await using attached = await engine.openAttach(id);
    await using wait = await engine.openWait(id);
    await engine.startContainer(id);
    let output = "";
    for await (const { bytes } of attached) output += Buffer.from(bytes).toString();
    return { statusCode: (await wait.exit).statusCode, output };
  } finally {
    await engine.removeContainer(id, { force: true, volumes: true });
  }
}

async function freePort(): Promise<string> {
  const server = net.createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  assert.ok(address !== null && typeof address === "object");
  return String(address.port);
}

test("ensureImages() gives images that the daemon has, and does not load them again", { skip }, async () => {
  await using engine = connect();
  const images = await ensureImages(engine, { log: silentLog });
  const busybox = await engine.inspectImage(images.busybox);
  const redis = await engine.inspectImage(images.redis);
  assert.ok(busybox !== undefined && redis !== undefined);
  assert.ok(busybox.Layers.length >= 2 && redis.Layers.length >= 3);
  assert.deepEqual(redis.Layers.slice(0, 2), busybox.Layers, "the images share their lowest layers");
  const loadImage = () => Promise.reject(new Error("loaded again"));
  assert.deepEqual(
    await ensureImages({ inspectImage: (name) => engine.inspectImage(name), loadImage }, { log: silentLog }),
    images,
  );
});

test("busybox runs its commands as root", { skip }, async () => {
  await using engine = connect();
  const { busybox } = await ensureImages(engine, { log: silentLog });
  assert.deepEqual(await run(engine, busybox, ["id"]), {
    statusCode: 0,
    output: "uid=0(root) gid=0(root) groups=0(root)\n",
  });
  const script = 'touch /tmp/x && ls -ld /tmp | cut -c1-10; test -x "$(which grep)"; exit 3';
  assert.deepEqual(await run(engine, busybox, ["sh", "-c", script]), { statusCode: 3, output: "drwxrwxrwt\n" });
});

test("redis answers redis-cli of another container, and ends on the image's stop signal", { skip }, async () => {
  await using engine = connect();
  const { redis } = await ensureImages(engine, { log: silentLog });
  const port = await freePort();
  const Cmd = ["redis-server", "--port", port, "--save", ""];
  const { id } = await engine.createContainer({ body: { Image: redis, Cmd, HostConfig: { NetworkMode: "host" } } });
  try {
    await using wait = await engine.openWait(id);
    await engine.startContainer(id);
    let answer = await run(engine, redis, ["redis-cli", "-p", port, "ping"]);
    for (let tries = 0; tries < 20 && answer.statusCode !== 0; tries++) {
      await sleep(systemClock, 250);
      answer = await run(engine, redis, ["redis-cli", "-p", port, "ping"]);
    }
    assert.deepEqual(answer, { statusCode: 0, output: "PONG\n" });
    await engine.stopContainer(id, { graceSeconds: 20 });
    assert.equal((await wait.exit).statusCode, 0);
  } finally {
    await engine.removeContainer(id, { force: true, volumes: true });
  }
});

test("storeImage() gives byte-equal archives in two builds from Debian's packages", { skip }, async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "mesos-docker-images-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const source = aptSource({ log: silentLog, index: join(folder, "index") });
  const build = async (name: string) => {
    const { archive, id } = await storeImage(redisRecipe, { source, log: silentLog, cache: join(folder, name) });
    return { id, bytes: await readFile(archive) };
  };
  const first = await build("first");
  const second = await build("second");
  assert.equal(first.id, second.id);
  assert.ok(first.bytes.equals(second.bytes));
});
