import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { test } from "node:test";
import { type ObtainParts, obtainImage } from "../../../src/executor/container/obtained_image.ts";
import { silentLog } from "../../../src/runtime/log.ts";
import { FakeClock } from "../../fakes/fake_clock.ts";
import { FakeEngine } from "../../fakes/fake_engine.ts";
import { openFixture } from "../../fakes/own_runtime.ts";

const image = "registry.invalid/app:1";

/** Obtains an image on a host whose configuration is the text; gives what the daemon was asked to pull. */
async function obtain(config: string, said: ObtainParts["said"] = {}): Promise<unknown[]> {
  await using folder = await openFixture();
  const clock = new FakeClock();
  const engine = new FakeEngine({ clock });
  engine.store.registry.add(image);
  const variables = {
    MESOS_DOCKER_CONFIG: await folder.write("config.yaml", config),
    MESOS_DOCKER_STATE: `${folder.path}/state`,
  };
  const sandbox = `${folder.path}/sandbox`;
  await mkdir(sandbox);
  await obtainImage(
    { image, pull: "missing" },
    { engine, clock, log: silentLog, sandbox, variables, said },
    { signal: AbortSignal.timeout(20_000), findAuth: () => Promise.resolve(undefined) },
  );
  return engine.calls.filter(({ method }) => method === "pullImage");
}

test("obtainImage() leaves a pull to the daemon where the configuration says so", async () => {
  assert.equal((await obtain("pull: { way: daemon }")).length, 1);
});

test("obtainImage() takes the executor's variables before the configuration", async () => {
  const denied = `registries: { registry.invalid: { deny: by order } }\npull: { way: daemon }`;
  await assert.rejects(obtain(denied, { way: "gateway" }), { name: "TaskError", message: /by order/ });
});

test("obtainImage() refuses what variables and configuration cannot mean together, and a configuration that is broken", async () => {
  await assert.rejects(obtain("pull: { way: daemon }", { layers: "raw" }), {
    name: "TaskError",
    message: /layers cannot be "raw" \(MESOS_DOCKER_LAYERS\): the daemon fetches by itself/,
  });
  await assert.rejects(obtain("pull: { way: boat }"), {
    name: "TaskError",
    message: /^Cannot get image "registry\.invalid\/app:1": .*"pull\.way" is "boat", expected gateway or daemon/,
  });
});

test("obtainImage() does not have the daemon pull from a registry that the configuration denies, or keeps from being asked", async () => {
  const way = "pull: { way: daemon }\nregistries: { registry.invalid: ";
  await assert.rejects(obtain(`${way}{ deny: by order } }`), { name: "TaskError", message: /by order/ });
  await assert.rejects(obtain(`${way}{ upstream: never, mirrors: [mirror.invalid] } }`), {
    name: "TaskError",
    message: /only mirrors may be asked .*, which fetches by itself .*, would ask "registry\.invalid"$/,
  });
});
