// The life of a container in each API version that brought a change to our calls. DOCKER_API_VERSION runs all the other
// tests with a real daemon in one version.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { compareApiVersions } from "../../src/docker/http/negotiation.ts";
import type { EngineVersion } from "../../src/docker/mod.ts";
import { openRealDaemon, type RealDaemon, realDaemon } from "./real_daemon.ts";

const versions = ["1.24", "1.25", "1.29", "1.30", "1.40", "1.41", "1.43", "1.44", "1.46", "1.48", "1.52"];

const mac = "02:42:ac:11:99:01";

let newest: RealDaemon;
let spoken: EngineVersion;

before(async () => {
  if ("skip" in realDaemon) return;
  newest = await openRealDaemon();
  spoken = await newest.engine.version();
});

after(async () => {
  await newest?.[Symbol.asyncDispose]();
});

function isTaken(apiVersion: string): boolean {
  const { minApiVersion, apiVersion: newestVersion } = spoken;
  return compareApiVersions(apiVersion, minApiVersion) >= 0 && compareApiVersions(apiVersion, newestVersion) <= 0;
}

async function liveOnce(daemon: RealDaemon): Promise<void> {
  const { engine, label } = daemon;
  const ended = await daemon.run("echo out; echo err >&2; exit 7");
  assert.equal(ended.statusCode, 7);
  assert.equal(ended.stdout.toString(), "out\n");
  assert.equal(ended.stderr.toString(), "err\n");
  assert.equal((await engine.inspectContainer(ended.container))?.State.ExitCode, 7);
  assert.equal((await engine.listContainers({ labels: [label], all: true })).length, 1);
  await engine.removeContainer(ended.container);
  assert.equal(await engine.inspectContainer(ended.container), undefined);
}

async function assertMacAddress(daemon: RealDaemon): Promise<void> {
  const { engine } = daemon;
  const container = await daemon.create("sleep 600", { MacAddress: mac, HostConfig: { NetworkMode: "bridge" } });
  await engine.startContainer(container);
  const found = await engine.inspectContainer(container);
  assert.equal(found?.NetworkSettings.Networks.bridge?.MacAddress, mac);
  await engine.removeContainer(container, { force: true });
}

for (const apiVersion of versions) {
  test(
    `a container lives, and has its MAC address, with API ${apiVersion} where the daemon takes it`,
    realDaemon,
    async () => {
      if (!isTaken(apiVersion)) {
        await assert.rejects(openRealDaemon({ apiVersion }), { code: "unsupported", message: new RegExp(apiVersion) });
        return;
      }
      await using daemon = await openRealDaemon({ apiVersion });
      assert.equal((await daemon.engine.version()).apiVersion, apiVersion);
      await liveOnce(daemon);
      await assertMacAddress(daemon);
    },
  );
}
