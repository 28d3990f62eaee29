// Warm images and a daemon of the test's own: it is killed, and its images are collected.
import assert from "node:assert/strict";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { openLayoutRegistry } from "../../registry/layout/layout_registry.ts";
import { openFixture } from "../fakes/own_runtime.ts";
import { testOnBinary } from "./cases.ts";
import { RunningCommand } from "./command.ts";
import { eventually } from "./eventually.ts";
import { readLines, removedNames } from "./image_host.ts";
import { openPrivateDaemon } from "./private_daemon.ts";
import { type PushedImage, pushRandomImage } from "./pull_scene.ts";
import { linesOf, readWarmLines } from "./warm_scene.ts";

const ownDaemon = { needs: "own daemon" } as const;

/** A daemon, and a registry with one image that it can reach: both have a network of their own. */
async function openNetwork(binary: string, sizes: readonly number[]) {
  await using opened = new AsyncDisposableStack();
  const folder = opened.use(await openFixture());
  const at = (name: string) => join(folder.path, name);
  let pushed: PushedImage;
  {
    await using store = await openLayoutRegistry(at("store"));
    pushed = await pushRandomImage(store, "warm/app", "a", sizes);
  }
  const daemon = opened.use(await openPrivateDaemon("end with it"));
  const words = [...(await daemon.inNetwork()), binary];
  const env = { DOCKER_HOST: `unix://${daemon.socketPath}`, MESOS_DOCKER_STATE: at("state") };
  const serve = ["registry", "serve", "--store", at("store"), "--listen", "127.0.0.1:0"];
  const serving = opened.use(new RunningCommand([...words, ...serve]));
  const host = await eventually("the registry", () => /127\.0\.0\.1:\d+/.exec(serving.stdout)?.[0]);
  const held = opened.move();
  return {
    ...{ daemon, pushed, name: `${host}/warm/app:a` },
    write: async (text: string) => {
      await writeFile(at("warm.yaml"), text);
      return at("warm.yaml");
    },
    start: (...args: string[]) => new RunningCommand([...words, "image", ...args, "--json"], { env }),
    [Symbol.asyncDispose]: () => held.disposeAsync(),
  };
}

testOnBinary(
  "image warm waits for a daemon that is killed in the middle, and fetches no byte again (J 51)",
  async (binary) => {
    await using network = await openNetwork(binary, [3_000_000]);
    const { daemon, name, pushed } = network;
    await using command = network.start("warm", name, "--watch", "--bandwidth", "500k");
    const lines = () => readWarmLines(command.stdout);
    await eventually("bytes", () => linesOf("pulling", lines()).some((line) => (line.bytes ?? 0) > 0));
    await daemon.kill();
    await daemon.start();
    const [done] = await eventually("the image", () => {
      const found = linesOf("done", lines());
      return found.length > 0 && found;
    });
    assert.equal((await daemon.engine.inspectImage(name))?.Id, pushed.id);
    const names = (await daemon.engine.listImages()).flatMap(({ RepoTags }) => RepoTags);
    assert.deepEqual(names, [name], "it is there once, under its own name");
    const { bytes = 0 } = done ?? {};
    assert.ok(bytes < pushed.bytes * 1.5, `${bytes} of ${pushed.bytes} came`);
    // Events are followed again when the daemon is back.
    await daemon.engine.removeImage(name);
    await eventually("word of the removal", () => linesOf("missing", lines()).length > 0);
    await eventually("the image again", () => lines().at(-1)?.state === "done");
    command.interrupt("SIGTERM");
    assert.equal((await command.result).end, 0);
  },
  ownDaemon,
);

testOnBinary(
  "image gc keeps what was warmed and never used, until it leaves the file, and collects it then (J 57)",
  async (binary) => {
    await using network = await openNetwork(binary, [10_000]);
    const { name } = network;
    const warm = async (text: string) => {
      const { end, stderr } = await network.start("warm", "--file", await network.write(text)).result;
      assert.equal(end, 0, stderr);
    };
    const collect = async () => {
      const { stdout } = await network.start("gc", "--min-age", "100ms", "--max-size", "1k").result;
      return readLines(stdout);
    };
    await warm(`images: [{ image: "${name}" }]\n`);
    assert.equal((await collect()).find(({ names }) => names?.[0] === name)?.reason, "warm");
    await warm("images: []\n");
    assert.deepEqual(removedNames(await collect()), [name]);
  },
  ownDaemon,
);
