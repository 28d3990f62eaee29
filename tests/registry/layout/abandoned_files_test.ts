import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { mkdir, readdir, symlink, utimes, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import process from "node:process";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { removeAbandoned } from "../../../registry/layout/abandoned_files.ts";
import { temporaryPath } from "../../../registry/layout/temporary_name.ts";
import { layoutFolder } from "./layout_folder.ts";

const child = fileURLToPath(new URL("./writing_child.ts", import.meta.url));

/** Another process that has begun a file. */
async function openWriter(root: string): Promise<AsyncDisposable & { readonly name: string }> {
  const words = "deno" in process.versions ? ["run", "-A", "--no-check", child] : [child];
  const writing = spawn(process.execPath, [...words, root], { stdio: ["ignore", "pipe", "inherit"] });
  const ended = once(writing, "exit");
  const [name] = await once(createInterface(writing.stdout), "line");
  const kill = async () => {
    writing.kill("SIGKILL");
    await ended;
  };
  return { name, [Symbol.asyncDispose]: kill };
}

test("removeAbandoned() takes the file of a process that was killed, and none of one that is there", async () => {
  await using folder = await layoutFolder();
  await using living = await openWriter(folder.root);
  const own = temporaryPath(folder.root);
  await writeFile(own, "half");
  const kept = [living.name, basename(own), "image.tar"];
  await writeFile(join(folder.root, "image.tar"), "whole");
  {
    await using killed = await openWriter(folder.root);
    await removeAbandoned(folder.root);
    assert.deepEqual((await readdir(folder.root)).sort(), [...kept, killed.name].sort());
  }
  await removeAbandoned(folder.root);
  assert.deepEqual((await readdir(folder.root)).sort(), kept.sort());
});

test("removeAbandoned() takes the file of a process that cannot be seen after a day in which nobody wrote", async () => {
  await using folder = await layoutFolder();
  const own = basename(temporaryPath(folder.root));
  const [, boot = "", namespace = ""] = /^\.tmp-([0-9a-f]{32})-(\d+)-/.exec(own) ?? [];
  const others = [
    own.replace(boot, "0".repeat(32)),
    own.replace(`-${namespace}-`, `-${namespace}1-`),
    `.tmp-${randomUUID()}-${randomUUID()}`,
  ];
  for (const name of others) await writeFile(join(folder.root, name), "half");
  const [first = "", ...rest] = others;
  for (const [hoursAgo, left] of [
    [23, others],
    [25, rest],
  ] as const) {
    const then = new Date(Date.now() - hoursAgo * 3_600_000);
    await utimes(join(folder.root, first), then, then);
    await removeAbandoned(folder.root);
    assert.deepEqual((await readdir(folder.root)).sort(), [...left].sort());
  }
});

test("removeAbandoned() leaves files alone whose names are not ours, however old they are", async () => {
  await using folder = await layoutFolder();
  const gone = basename(temporaryPath("")).replace(`-${process.pid}-`, "-4194305-");
  const strangers = [".tmp-notes", `.tmp-${randomUUID()}`, `${gone}.txt`, gone.slice(0, -1)];
  const longAgo = new Date(Date.now() - 1e10);
  for (const name of strangers) {
    await writeFile(join(folder.root, name), "whole");
    await utimes(join(folder.root, name), longAgo, longAgo);
  }
  await removeAbandoned(folder.root);
  assert.deepEqual((await readdir(folder.root)).sort(), strangers.sort());
});

test("removeAbandoned() takes files only, and a folder that is not there for an empty one", async () => {
  await using folder = await layoutFolder();
  const gone = basename(temporaryPath("")).replace(`-${process.pid}-`, "-4194305-");
  await mkdir(join(folder.root, `${gone}a`));
  await symlink(join(folder.root, "image.tar"), join(folder.root, `${gone}b`));
  await writeFile(join(folder.root, "image.tar"), "whole");
  const all = (await readdir(folder.root)).sort();
  await removeAbandoned(folder.root);
  assert.deepEqual((await readdir(folder.root)).sort(), all);
  await removeAbandoned(join(folder.root, "none"));
});
