import assert from "node:assert/strict";
import { test } from "node:test";
import { FollowedSettings } from "../../src/cli/followed_settings.ts";
import { readGcSettings } from "../../src/cli/gc_settings.ts";
import { ConfigFile } from "../../src/images/config/config_file.ts";
import { RecordingLog } from "../executor/recording_log.ts";
import { openFixture } from "../fakes/own_runtime.ts";

test("FollowedSettings change with the file, and stay while it is broken or does not go with the flags", async () => {
  await using folder = await openFixture();
  const write = (text: string) => folder.write("config.yaml", text);
  const log = new RecordingLog();
  const variables = { MESOS_DOCKER_CONFIG: await write("gc: { high: 70, low: 60 }") };
  const file = ConfigFile.open({ variables, log });
  const settings = new FollowedSettings(file, (said) => readGcSettings({ low: 50 }, said, { kind: "unix" }), log);
  const { value } = settings;
  assert.deepEqual([value.high, value.low], [70, 50]);
  assert.equal(settings.look(), false);
  assert.equal(settings.value, value, "nothing is made anew without need");
  await write("gc: { high: much }");
  assert.equal(settings.look(), false);
  await write("gc: { high: 40, low: 30 }");
  for (let look = 0; look < 3; look++) assert.equal(settings.look(), false);
  assert.equal(settings.value, value);
  const [broken = "", conflict = "", ...more] = log.messages("error");
  assert.match(broken, /"gc\.high" is "much", expected per cent .*; what it said before goes on to hold$/);
  assert.match(
    conflict,
    /^--low is 50, expected at most 40, which is gc\.high of ".*"; what held before goes on to hold$/,
  );
  assert.deepEqual(more, []);
  // Of another size: a file that is written twice within a tick of the clock keeps its times.
  await write("gc: { high: 80 }");
  assert.equal(settings.look(), true);
  assert.deepEqual([settings.value.high, settings.value.low], [80, 50]);
});

test("FollowedSettings let through what is no usage, and refuse at the beginning what cannot hold together", async () => {
  await using folder = await openFixture();
  const variables = { MESOS_DOCKER_CONFIG: await folder.write("config.yaml", "gc: { high: 30, low: 20 }") };
  const log = new RecordingLog();
  const file = ConfigFile.open({ variables, log });
  const read = (said: typeof file.current) => readGcSettings({ low: 50 }, said, { kind: "unix" });
  assert.throws(() => new FollowedSettings(file, read, log), { name: "UsageError" });
  let mistake: Error | undefined;
  const settings = new FollowedSettings(
    file,
    () => {
      if (mistake) throw mistake;
    },
    log,
  );
  mistake = new TypeError("a mistake of ours");
  await folder.write("config.yaml", "gc: { high: 31, low: 20 }");
  assert.throws(() => settings.look(), mistake);
});
