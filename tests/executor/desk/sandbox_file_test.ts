import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdir, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { test } from "node:test";
import { promisify } from "node:util";
import { openSandboxArchive, readSandboxFile, readSeccompProfile } from "../../../src/executor/desk/sandbox_file.ts";
import { TaskError } from "../../../src/executor/task/task_error.ts";
import { openTemporaryFolder, type TemporaryFolder } from "../temporary_folder.ts";

/** A sandbox with a file, beside a file that is none of the task's. */
async function openSandbox(): Promise<TemporaryFolder> {
  const folder = await openTemporaryFolder();
  await mkdir(folder.at("sandbox", "inner"), { recursive: true });
  await writeFile(folder.at("sandbox", "vars"), "A=1\nÜ=€\n");
  await writeFile(folder.at("shadow"), "root's own");
  await mkdir(folder.at("sandbox-of-another"));
  await writeFile(folder.at("sandbox-of-another", "vars"), "another's own");
  return folder;
}

for (const path of ["vars", "./vars", "inner/../vars", "link"]) {
  test(`readSandboxFile() reads ${path}`, async () => {
    await using folder = await openSandbox();
    await symlink("vars", folder.at("sandbox", "link"));
    assert.equal(readSandboxFile(folder.at("sandbox"), path), "A=1\nÜ=€\n");
  });
}

test("readSandboxFile() reads an absolute path that lies in the sandbox, also one by a link", async () => {
  await using folder = await openSandbox();
  await symlink(folder.at("sandbox"), folder.at("alias"));
  assert.equal(readSandboxFile(folder.at("sandbox"), folder.at("alias", "vars")), "A=1\nÜ=€\n");
  assert.equal(readSandboxFile(folder.at("alias"), folder.at("alias", "vars")), "A=1\nÜ=€\n");
});

const outside: readonly {
  title: string;
  lay?: (folder: TemporaryFolder) => Promise<unknown>;
  path: (folder: TemporaryFolder) => string;
}[] = [
  { title: "an absolute path", path: (folder) => folder.at("shadow") },
  { title: "a path upwards", path: () => "../shadow" },
  { title: "a path of a neighbour whose name begins alike", path: () => "../sandbox-of-another/vars" },
  {
    title: "a link",
    lay: (folder) => symlink("../shadow", folder.at("sandbox", "evil")),
    path: () => "evil",
  },
  {
    title: "a link in the middle of the path",
    lay: (folder) => symlink("..", folder.at("sandbox", "up")),
    path: () => "up/shadow",
  },
  {
    title: "a link to what only this process sees",
    lay: (folder) => symlink("/proc/self/environ", folder.at("sandbox", "evil")),
    path: () => "evil",
  },
];

for (const { title, lay, path } of outside) {
  test(`readSandboxFile() refuses what leads out of the sandbox: ${title}`, async () => {
    await using folder = await openSandbox();
    await lay?.(folder);
    const wanted = path(folder);
    assert.throws(
      () => readSandboxFile(folder.at("sandbox"), wanted),
      new TaskError("invalid", `Cannot read file "${wanted}": it does not lie in the sandbox`),
    );
  });
}

test("readSandboxFile() refuses a directory, and a pipe that nobody writes to", async () => {
  await using folder = await openSandbox();
  await promisify(execFile)("mkfifo", [folder.at("sandbox", "pipe")]);
  for (const path of ["inner", "pipe", "."]) {
    assert.throws(
      () => readSandboxFile(folder.at("sandbox"), path),
      new TaskError("invalid", `Cannot read file "${path}": it is no file`),
    );
  }
});

test("readSandboxFile() reads a file of a megabyte, and none that is larger", async () => {
  await using folder = await openSandbox();
  await writeFile(folder.at("sandbox", "large"), "x".repeat(2 ** 20));
  await writeFile(folder.at("sandbox", "larger"), "x".repeat(2 ** 20 + 1));
  assert.equal(readSandboxFile(folder.at("sandbox"), "large").length, 2 ** 20);
  assert.throws(
    () => readSandboxFile(folder.at("sandbox"), "larger"),
    new TaskError("invalid", 'Cannot read file "larger": it has more than 1048576 bytes'),
  );
});

test("readSandboxFile() names a file that is not there", async () => {
  await using folder = await openSandbox();
  assert.throws(() => readSandboxFile(folder.at("sandbox"), "absent"), {
    name: "TaskError",
    code: "invalid",
    message: /^Cannot read file "absent": .*ENOENT/,
  });
});

test("readSandboxFile() leaves no file open, whatever comes of it", async () => {
  await using folder = await openSandbox();
  const before = (await readdir("/proc/self/fd")).length;
  for (let round = 0; round < 20; round++) {
    readSandboxFile(folder.at("sandbox"), "vars");
    assert.throws(() => readSandboxFile(folder.at("sandbox"), "inner"));
    assert.throws(() => readSandboxFile(folder.at("sandbox"), "../shadow"));
  }
  assert.ok((await readdir("/proc/self/fd")).length < before + 20);
});

test("readSeccompProfile() gives a profile of the operator's on one line", async () => {
  await using folder = await openSandbox();
  await writeFile(folder.at("strict.json"), '{\n  "defaultAction": "SCMP_ACT_ERRNO"\n}\n');
  assert.equal(readSeccompProfile(folder.path, "strict.json"), '{"defaultAction":"SCMP_ACT_ERRNO"}');
});

test("readSeccompProfile() refuses every name where the operator has no profiles", () => {
  assert.throws(
    () => readSeccompProfile(undefined, "strict.json"),
    new TaskError(
      "unsupported",
      'Cannot honour container.linux_info.seccomp.profile_name "strict.json": ' +
        "the operator's policy names no folder of profiles (seccomp_profiles)",
    ),
  );
});

test("readSeccompProfile() refuses a name that leads out of the folder, and what is no JSON", async () => {
  await using folder = await openSandbox();
  for (const name of ["../shadow", "../../shadow", folder.at("..", "shadow")]) {
    assert.throws(() => readSeccompProfile(folder.at("sandbox"), name), { name: "TaskError", code: "invalid" }, name);
  }
  assert.throws(
    () => readSeccompProfile(folder.at("sandbox"), "vars"),
    new TaskError("invalid", 'Cannot use seccomp profile "vars": it is not JSON'),
  );
});

test("openSandboxArchive() keeps to the file that it has looked at", async () => {
  await using folder = await openSandbox();
  using file = openSandboxArchive(folder.at("sandbox"), "vars");
  await rm(folder.at("sandbox", "vars"));
  await symlink("../shadow", folder.at("sandbox", "vars"));
  assert.equal(await readFile(file.path, "utf8"), "A=1\nÜ=€\n");
  const found = { code: "image", message: 'Cannot read image archive "vars": it does not lie in the sandbox' };
  assert.throws(() => openSandboxArchive(folder.at("sandbox"), "vars"), found);
});

for (const [path, found] of [
  ["absent.tar", "the sandbox has no such file; is it one of the URIs?"],
  ["inner", "it is no file"],
  ["../shadow", "it does not lie in the sandbox"],
] as const) {
  test(`openSandboxArchive() does not open ${path}`, async () => {
    await using folder = await openSandbox();
    const message = `Cannot read image archive "${path}": ${found}`;
    assert.throws(() => openSandboxArchive(folder.at("sandbox"), path), { code: "image", message });
  });
}
