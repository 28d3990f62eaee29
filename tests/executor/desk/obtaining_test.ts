import assert from "node:assert/strict";
import { mkdir } from "node:fs/promises";
import { test } from "node:test";
import { type ObtainingParts, openObtaining } from "../../../src/executor/desk/obtaining.ts";
import { silentLog } from "../../../src/runtime/log.ts";
import { FakeClock } from "../../fakes/fake_clock.ts";
import { FakeEngine } from "../../fakes/fake_engine.ts";
import { openFixture } from "../../fakes/own_runtime.ts";

const image = "registry.invalid/app:1";
const elsewhere = { DOCKER_HOST: "tcp://192.0.2.1:2375" };

/** Obtains an image by settings and variables, where the configuration is the text; gives what the daemon was asked to pull. */
async function obtain(
  config: string,
  settings: ObtainingParts["settings"],
  variables: ObtainingParts["variables"] = {},
): Promise<unknown[]> {
  await using folder = await openFixture();
  const clock = new FakeClock();
  const engine = new FakeEngine({ clock });
  engine.store.registry.add(image);
  const sandbox = `${folder.path}/sandbox`;
  await mkdir(sandbox);
  const places = {
    MESOS_DOCKER_CONFIG: await folder.write("config.yaml", config),
    MESOS_DOCKER_STATE: `${folder.path}/state`,
  };
  const parts = { engine, clock, log: silentLog, environment: { sandbox }, settings };
  const obtaining = openObtaining({ ...parts, variables: { ...places, ...variables } });
  const options = { signal: AbortSignal.timeout(20_000), findAuth: () => Promise.resolve(undefined) };
  await obtaining({ image, pull: "missing" }, options);
  return engine.callsOf("pullImage").map(({ subject }) => subject);
}

for (const [title, settings, variables] of [
  ["that fetches by itself", { pull: "daemon" }, {}],
  ["on another host", {}, elsewhere],
  ["on another host, whatever variables say", { pull: "gateway", layers: "raw" }, elsewhere],
] as const) {
  test(`a daemon ${title} is kept by the configuration of this host`, async () => {
    assert.deepEqual(await obtain("", settings, variables), [image]);
    assert.deepEqual(await obtain(`registries: { registry.invalid: { mirrors: [m.invalid] } }`, settings, variables), [
      image,
    ]);
    await assert.rejects(obtain(`registries: { "*": { deny: by order } }`, settings, variables), {
      name: "TaskError",
      code: "image",
      message:
        'Cannot get image "registry.invalid/app:1": Cannot get "registry.invalid/app": registries.* denies it: by order',
    });
    const onlyMirrors = `registries: { registry.invalid: { upstream: never, mirrors: [m.invalid] } }`;
    await assert.rejects(obtain(onlyMirrors, settings, variables), {
      name: "TaskError",
      code: "image",
      message:
        /only mirrors may be asked .*, and the daemon, which fetches by itself .*, would ask "registry\.invalid"$/,
    });
  });
}
