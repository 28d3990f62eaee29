import assert from "node:assert/strict";
import { chmodSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { ConfigError } from "../../../src/images/config/config.ts";
import { ConfigFile } from "../../../src/images/config/config_file.ts";
import { type Log, silentLog } from "../../../src/runtime/log.ts";
import { openFixture } from "../../fakes/own_runtime.ts";

const good = "registries: { a.lab: { upstream: never, mirrors: [m.lab] } }\n";
const other = "registries: { a.lab: { upstream: used }, b.lab: {} }\n";

function recordingLog(): Log & { lines: string[] } {
  const lines: string[] = [];
  const put = (line: string) => void lines.push(line);
  return { lines, debug: put, info: put, warn: put, error: put };
}

test("ConfigFile says nothing when nobody has written the usual file, and reads it when it comes", async () => {
  await using folder = await openFixture();
  const defaultPath = join(folder.path, "config.yaml");
  const file = ConfigFile.open({ variables: {}, defaultPath, log: silentLog });
  assert.equal(file.current.registries.length, 0);
  writeFileSync(defaultPath, good);
  assert.equal(file.current.registries[0]?.entry.upstream, "never");
});

test("ConfigFile reads a file again when it has changed, in place or by another in its place", async () => {
  await using folder = await openFixture();
  const path = join(folder.path, "mine.yaml");
  writeFileSync(path, good);
  const file = ConfigFile.open({ variables: { MESOS_DOCKER_CONFIG: path }, log: silentLog });
  const before = file.current;
  assert.equal(file.current, before, "nothing is read twice");
  writeFileSync(path, other);
  assert.equal(file.current.registries.length, 2);
  writeFileSync(`${path}.new`, good);
  renameSync(`${path}.new`, path);
  assert.equal(file.current.registries.length, 1);
});

test("ConfigFile goes on with what a file said before it was broken, and says so once", async () => {
  await using folder = await openFixture();
  const path = join(folder.path, "config.yaml");
  writeFileSync(path, good);
  const log = recordingLog();
  const file = ConfigFile.open({ variables: {}, defaultPath: path, log });
  writeFileSync(path, "registries: { a.lab: { upstream: perhaps } }\n");
  for (let look = 0; look < 3; look++) assert.equal(file.current.registries[0]?.entry.upstream, "never");
  assert.equal(log.lines.length, 1);
  assert.match(log.lines[0] ?? "", /"perhaps", expected used or never; what it said before goes on to hold$/);
  rmSync(path);
  for (let look = 0; look < 3; look++) assert.equal(file.current.registries[0]?.entry.upstream, "never");
  assert.match(log.lines[1] ?? "", /it is not there any more/);
  assert.equal(log.lines.length, 2);
  writeFileSync(path, other);
  assert.equal(file.current.registries[0]?.entry.upstream, "used", "a file that is mended holds again");
});

test("ConfigFile warns of a password in the file", async () => {
  await using folder = await openFixture();
  const path = join(folder.path, "config.yaml");
  writeFileSync(path, "registries: { a.lab: { credentials: { username: u, password: hunter2 } } }\n");
  const log = recordingLog();
  ConfigFile.open({ variables: {}, defaultPath: path, log });
  assert.equal(log.lines.length, 1);
  assert.doesNotMatch(log.lines.join(), /hunter2/);
});

test("ConfigFile refuses a file that was named and is not there", () => {
  assert.throws(
    () => ConfigFile.open({ variables: { MESOS_DOCKER_CONFIG: "/nonexistent/c.yaml" }, log: silentLog }),
    new ConfigError("/nonexistent/c.yaml", ["it does not exist"]),
  );
});

const unusable: readonly (readonly [what: string, make: (path: string) => void, found: RegExp])[] = [
  ["a folder", (path) => mkdirSync(path), /it is no regular file/],
  ["a link to nothing", (path) => symlinkSync("nothing", path), /it cannot be read: ENOENT/],
  ["what is no UTF-8", (path) => writeFileSync(path, Uint8Array.of(0xc3, 0x28)), /it is not in UTF-8/],
  [
    "more than a megabyte",
    (path) => writeFileSync(path, "#".repeat(1024 * 1024 + 1)),
    /it has more than 1048576 bytes/,
  ],
  ["broken YAML", (path) => writeFileSync(path, "registries: [\n"), /line \d/],
  [
    "what everybody may write",
    (path) => {
      writeFileSync(path, good);
      chmodSync(path, 0o666);
    },
    /everybody may write it: chmod o-w mends that/,
  ],
];
for (const [what, make, found] of unusable) {
  test(`ConfigFile refuses ${what}`, async () => {
    await using folder = await openFixture();
    const path = join(folder.path, "config.yaml");
    make(path);
    assert.throws(
      () => ConfigFile.open({ variables: { MESOS_DOCKER_CONFIG: path }, log: silentLog }),
      (error) => error instanceof ConfigError && found.test(error.message),
    );
  });
}

test("ConfigFile refuses a file in the sandbox, also by a link", async () => {
  await using folder = await openFixture();
  const sandbox = join(folder.path, "sandbox");
  mkdirSync(sandbox);
  writeFileSync(join(sandbox, "config.yaml"), good);
  const path = join(folder.path, "link.yaml");
  symlinkSync(join(sandbox, "config.yaml"), path);
  for (const named of [path, join(sandbox, "config.yaml")]) {
    assert.throws(
      () => ConfigFile.open({ variables: { MESOS_DOCKER_CONFIG: named }, log: silentLog, sandbox }),
      /it lies in the sandbox, where tasks could write it/,
    );
  }
});
