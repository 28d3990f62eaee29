import assert from "node:assert/strict";
import { mkdir, readdir, readFile, symlink, writeFile } from "node:fs/promises";
import { join, relative } from "node:path";
import { test } from "node:test";
import { openTaskOutput, type TaskOutputOptions } from "../../../src/executor/output/task_output.ts";
import { TaskError } from "../../../src/executor/task/task_error.ts";
import { silentLog } from "../../../src/runtime/log.ts";
import { runProgram } from "../child_program.ts";
import { encode, listOpen, openSandbox, readGenerations, type Sandbox } from "./sandbox.ts";

function open(
  sandbox: string,
  taskId: string,
  options: Partial<TaskOutputOptions> = {},
): ReturnType<typeof openTaskOutput> {
  return openTaskOutput({ kind: "task", sandbox, taskId }, { log: silentLog, ...options });
}

/** Every file below a folder, by its path in there. */
async function listFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(relative(folder, entry.parentPath), entry.name));
}

test("the first task of an executor writes to the process' own stdout and stderr", async () => {
  const end = await runProgram("output/sandbox_output_program.ts");
  assert.equal(end.code, 0, end.stderr);
  const numbers = Array.from({ length: 1000 }, (_, line) => line);
  const lines = (parity: number) => numbers.filter((line) => line % 2 === parity).map((line) => `${line}\n`);
  assert.equal(end.stdout, `${lines(0).join("")}end\n`);
  assert.equal(end.stderr, lines(1).join(""));
});

test("a further task writes into files of its own, in order", async () => {
  await using sandbox = await openSandbox();
  {
    await using output = await open(sandbox.path, "web.1");
    for (const word of ["one ", "two ", "three"]) await output.write({ stream: "stdout", bytes: encode(word) });
    await output.write({ stream: "stderr", bytes: encode("oh") });
  }
  assert.equal(await readFile(join(sandbox.path, "tasks/web.1/stdout"), "utf8"), "one two three");
  assert.equal(await readFile(join(sandbox.path, "tasks/web.1/stderr"), "utf8"), "oh");
  assert.deepEqual(await listOpen(sandbox.outside), []);
});

const folders: readonly [taskId: string, folder: string][] = [
  ["t1", "t1"],
  [".", "%2E"],
  ["..", "%2E."],
  ["...", "%2E.."],
  ["a/b", "a%2Fb"],
  ["../../etc", "..%2F..%2Fetc"],
  ["/etc", "%2Fetc"],
  ["a\0b", "a%00b"],
  ["Käse 😀", "K%C3%A4se%20%F0%9F%98%80"],
  ["%2E", "%252E"],
];

for (const [taskId, folder] of folders) {
  test(`task ${JSON.stringify(taskId)} writes into tasks/${folder}`, async () => {
    await using sandbox = await openSandbox();
    {
      await using _output = await open(sandbox.path, taskId);
    }
    assert.deepEqual((await listFiles(sandbox.outside)).sort(), [
      `sandbox/tasks/${folder}/stderr`,
      `sandbox/tasks/${folder}/stdout`,
    ]);
  });
}

test("task ids that are too long for a file name have folders of their own all the same", async () => {
  await using sandbox = await openSandbox();
  const taskIds = ["x".repeat(255), "x".repeat(256), "€".repeat(255), `${"€".repeat(254)}!`];
  for (const taskId of taskIds) {
    await using output = await open(sandbox.path, taskId);
    await output.write({ stream: "stdout", bytes: encode("x") });
  }
  const names = await readdir(join(sandbox.path, "tasks"));
  assert.equal(names.length, taskIds.length);
  for (const name of names) assert.ok(name.length <= 255);
  assert.ok(names.includes("x".repeat(255)), "one that fits is kept as it is");
});

/** What a container of another task, which has the sandbox too, may have laid there. */
const snares: Readonly<Record<string, (sandbox: Sandbox) => Promise<void>>> = {
  "its stdout is a link": async ({ path, outside }) => {
    await mkdir(join(path, "tasks/t2"), { recursive: true });
    await symlink(join(outside, "victim"), join(path, "tasks/t2/stdout"));
  },
  "its stdout is a link to nothing": async ({ path, outside }) => {
    await mkdir(join(path, "tasks/t2"), { recursive: true });
    await symlink(join(outside, "absent"), join(path, "tasks/t2/stdout"));
  },
  "its stderr is a link": async ({ path, outside }) => {
    await mkdir(join(path, "tasks/t2"), { recursive: true });
    await symlink(join(outside, "victim"), join(path, "tasks/t2/stderr"));
  },
  "its folder is a link": async ({ path, outside }) => {
    await mkdir(join(path, "tasks"));
    await symlink(outside, join(path, "tasks/t2"));
  },
  "the folder of all is a link": async ({ path, outside }) => {
    await symlink(outside, join(path, "tasks"));
  },
  "the folder of all is a file": async ({ path }) => {
    await writeFile(join(path, "tasks"), "");
  },
};

for (const [title, lay] of Object.entries(snares)) {
  test(`no output leaves the sandbox when ${title}: that task cannot start`, async () => {
    await using sandbox = await openSandbox();
    await writeFile(join(sandbox.outside, "victim"), "untouched");
    await lay(sandbox);
    await assert.rejects(open(sandbox.path, "t2"), (error) => {
      assert.ok(error instanceof TaskError, String(error));
      assert.equal(error.code, "launch");
      assert.match(
        error.message,
        /^Cannot open the output of task "t2" in the sandbox: E[A-Z]+: .* '(tasks|t2|std(out|err))'$/,
      );
      return true;
    });
    assert.equal(await readFile(join(sandbox.outside, "victim"), "utf8"), "untouched");
    assert.deepEqual((await readdir(sandbox.outside)).sort(), ["sandbox", "victim"]);
    assert.deepEqual(await listOpen(sandbox.outside), []);
  });
}

test("a sandbox that is itself reached through a link is a good one", async () => {
  await using sandbox = await openSandbox();
  await symlink(sandbox.path, join(sandbox.outside, "link"));
  {
    await using output = await open(join(sandbox.outside, "link"), "t2");
    await output.write({ stream: "stdout", bytes: encode("x") });
  }
  assert.equal(await readFile(join(sandbox.path, "tasks/t2/stdout"), "utf8"), "x");
});

test("a sandbox that is gone keeps a task from starting, and nothing else", async () => {
  await using sandbox = await openSandbox();
  await assert.rejects(open(join(sandbox.path, "absent"), "t2"), { name: "TaskError", code: "launch" });
});

test("a further task's files are rotated as its limits say, and those of another are not", async () => {
  await using sandbox = await openSandbox();
  {
    await using limited = await open(sandbox.path, "t2", { limits: { maxBytes: 4, maxFiles: 3 } });
    await using free = await open(sandbox.path, "t3");
    for (const output of [limited, free]) {
      for (const text of ["abc", "def", "ghi", "jkl", "mno"]) {
        await output.write({ stream: "stdout", bytes: encode(text) });
      }
      await output.write({ stream: "stderr", bytes: encode("stuvw") });
    }
  }
  const folder = join(sandbox.path, "tasks/t2");
  assert.deepEqual(await readGenerations(folder, "stdout"), ["efgh", "ijkl", "mno"]);
  assert.deepEqual(await readGenerations(folder, "stderr"), ["stuv", "w"]);
  assert.deepEqual((await readdir(folder)).sort(), ["stderr", "stderr.1", "stdout", "stdout.1", "stdout.2"]);
  assert.deepEqual(await readGenerations(join(sandbox.path, "tasks/t3"), "stdout"), ["abcdefghijklmno"]);
  assert.deepEqual(await listOpen(sandbox.outside), []);
});

test("limits below 1 count as 1", async () => {
  await using sandbox = await openSandbox();
  {
    await using output = await open(sandbox.path, "t2", { limits: { maxBytes: 0, maxFiles: 0 } });
    await output.write({ stream: "stdout", bytes: encode("abc") });
  }
  assert.deepEqual(await readGenerations(join(sandbox.path, "tasks/t2"), "stdout"), ["c"]);
});

for (const [terminal, tail] of [
  ["no", "err 1\nerr 2"],
  ["yes", "out 1\nout 2"],
] as const) {
  test(`the tail is of ${terminal === "yes" ? "a terminal's output" : "stderr without a terminal"}`, async () => {
    await using sandbox = await openSandbox();
    const output = await open(sandbox.path, "t2", { terminal });
    assert.equal(output.stderrTail, "");
    for (const number of [1, 2]) {
      await output.write({ stream: "stdout", bytes: encode(`out ${number}\n`) });
      await output.write({ stream: "stderr", bytes: encode(`err ${number}\n`) });
    }
    await output[Symbol.asyncDispose]();
    assert.equal(output.stderrTail, tail);
  });
}

test("a full disk is told once, and then how much was lost, and nothing else is held up", async () => {
  const end = await runProgram("output/full_disk_program.ts", { stdout: "/dev/full" });
  assert.equal(end.code, 0, end.stderr);
  const [told, fine, summed, ...others] = end.stderr.trim().split("\n");
  assert.match(
    told ?? "",
    /^mesos-docker: error: output of the container is being lost error=.*(ENOSPC|No space left)/,
  );
  assert.equal(fine, "fine");
  assert.equal(summed, "mesos-docker: error: output of the container was lost bytes=12");
  assert.deepEqual(others, []);
});
