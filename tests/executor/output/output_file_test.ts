import assert from "node:assert/strict";
import { closeSync, openSync } from "node:fs";
import { appendFile, mkdir, readdir, readFile, rm, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { createFile } from "../../../src/executor/output/file_generations.ts";
import { OutputFile } from "../../../src/executor/output/output_file.ts";
import { OutputTroubles } from "../../../src/executor/output/output_troubles.ts";
import { seededRandom } from "../../fakes/seeded_random.ts";
import { RecordingLog } from "../recording_log.ts";
import { encode, listOpen, openSandbox, readGenerations, type Sandbox } from "./sandbox.ts";

/** A descriptor that a test opens itself. */
class TestDescriptor {
  fd: number;

  constructor(fd: number) {
    this.fd = fd;
  }

  replace(fd: number): void {
    closeSync(this.fd);
    this.fd = fd;
  }

  close(): void {
    closeSync(this.fd);
  }
}

/** A file `stdout` in the sandbox that is rotated. */
function openFile(sandbox: Sandbox, limits: { maxBytes: number; maxFiles: number }) {
  const directory = openSync(sandbox.path, "r");
  const log = new RecordingLog();
  const troubles = new OutputTroubles(log);
  const file = new OutputFile(new TestDescriptor(createFile(directory, "stdout")), {
    troubles,
    rotation: { directory, name: "stdout", ...limits },
  });
  const close = () => {
    file.close();
    troubles.summarize();
    closeSync(directory);
  };
  return { file, log, close };
}

const lines = { maxBytes: 16, maxFiles: 3 };

const cases: readonly {
  title: string;
  maxBytes: number;
  maxFiles: number;
  writes: readonly string[];
  /** Oldest first. */
  files: readonly string[];
}[] = [
  { title: "below the limit", maxBytes: 8, maxFiles: 3, writes: ["abc", "def"], files: ["abcdef"] },
  { title: "exactly at the limit", maxBytes: 8, maxFiles: 3, writes: ["abcd", "efgh"], files: ["abcdefgh"] },
  { title: "one byte over it", maxBytes: 8, maxFiles: 3, writes: ["abcd", "efghi"], files: ["abcdefgh", "i"] },
  { title: "a byte after it", maxBytes: 8, maxFiles: 3, writes: ["abcdefgh", "i"], files: ["abcdefgh", "i"] },
  { title: "nothing after it", maxBytes: 8, maxFiles: 3, writes: ["abcdefgh", ""], files: ["abcdefgh"] },
  { title: "a frame as large as it", maxBytes: 4, maxFiles: 3, writes: ["abcd", "efgh"], files: ["abcd", "efgh"] },
  { title: "a frame of twice its size", maxBytes: 4, maxFiles: 3, writes: ["abcdefgh"], files: ["abcd", "efgh"] },
  { title: "more than all files hold", maxBytes: 2, maxFiles: 3, writes: ["abcdefgh"], files: ["cd", "ef", "gh"] },
  { title: "no place for a second file", maxBytes: 4, maxFiles: 1, writes: ["abcdefghi"], files: ["i"] },
  { title: "one file, exactly full", maxBytes: 4, maxFiles: 1, writes: ["abcd", "efgh"], files: ["efgh"] },
  { title: "two files", maxBytes: 4, maxFiles: 2, writes: ["abcdefghi"], files: ["efgh", "i"] },
  { title: "a limit of one byte", maxBytes: 1, maxFiles: 9, writes: ["ab", "c"], files: ["a", "b", "c"] },
  { title: "many files", maxBytes: 1, maxFiles: 12, writes: ["abcdefghijkl"], files: [..."abcdefghijkl"] },
  { title: "many files but one", maxBytes: 1, maxFiles: 11, writes: ["abcdefghijkl"], files: [..."bcdefghijkl"] },
  // Of 16 bytes, a line end in the last two is near.
  { title: "a line end near", ...lines, writes: ["1234567890123\nabcdef"], files: ["1234567890123\n", "abcdef"] },
  { title: "a line end not near", ...lines, writes: ["123456789012\nabcde"], files: ["123456789012\nabc", "de"] },
  { title: "a line end at the limit", ...lines, writes: ["123456789012345\nab"], files: ["123456789012345\n", "ab"] },
  { title: "a line end beyond it", ...lines, writes: ["1234567890123456\n"], files: ["1234567890123456", "\n"] },
  { title: "two line ends near", ...lines, writes: ["1234567890123\n\nab"], files: ["1234567890123\n\n", "ab"] },
  {
    title: "a line end written before",
    ...lines,
    writes: ["1234567890123\n", "abc"],
    files: ["1234567890123\n", "abc"],
  },
  { title: "one far before", ...lines, writes: ["12345\n", "abcdefghijkl"], files: ["12345\nabcdefghij", "kl"] },
  { title: "an unfinished line", ...lines, writes: ["12345678901234", "abc"], files: ["12345678901234ab", "c"] },
];

for (const { title, maxBytes, maxFiles, writes, files } of cases) {
  test(`OutputFile of ${maxBytes} bytes, at most ${maxFiles} files: ${title}`, async () => {
    await using sandbox = await openSandbox();
    const { file, log, close } = openFile(sandbox, { maxBytes, maxFiles });
    for (const text of writes) await file.append(encode(text));
    close();
    assert.deepEqual(await readGenerations(sandbox.path, "stdout"), files);
    const names = files.map((_, age) => (age === 0 ? "stdout" : `stdout.${age}`));
    assert.deepEqual((await readdir(sandbox.path)).sort(), names.sort());
    assert.deepEqual(log.lines, []);
    assert.deepEqual(await listOpen(sandbox.outside), []);
  });
}

test("OutputFile keeps every byte in order, whatever is written, as long as no file has to go", async () => {
  const random = seededRandom(7);
  for (let round = 0; round < 20; round++) {
    await using sandbox = await openSandbox();
    const maxBytes = 50 + Math.floor(random() * 300);
    const { file, close } = openFile(sandbox, { maxBytes, maxFiles: 100_000 });
    const frames = Array.from({ length: 30 }, () =>
      Uint8Array.from({ length: Math.floor(random() * 400) }, () => (random() < 0.03 ? 10 : random() * 256)),
    );
    for (const frame of frames) await file.append(frame);
    close();
    const files = await readGenerations(sandbox.path, "stdout");
    assert.equal(files.join(""), Buffer.concat(frames).toString("latin1"), `limit of ${maxBytes} bytes`);
    assert.ok(files.every((text) => text.length <= maxBytes));
    assert.ok(files.slice(0, -1).every((text) => text.length >= maxBytes - maxBytes / 8));
  }
});

test("OutputFile counts what others write into the file, and begins at its front when they empty it", async () => {
  await using sandbox = await openSandbox();
  const { file, close } = openFile(sandbox, { maxBytes: 8, maxFiles: 3 });
  const path = join(sandbox.path, "stdout");
  await file.append(encode("abc"));
  await appendFile(path, "XYZ");
  await file.append(encode("defg"));
  assert.deepEqual(await readGenerations(sandbox.path, "stdout"), ["abcXYZde", "fg"]);
  await truncate(path);
  await file.append(encode("hijklmno"));
  close();
  assert.deepEqual(await readGenerations(sandbox.path, "stdout"), ["abcXYZde", "hijklmno"]);
});

test("OutputFile that cannot be put aside grows on, says so once, and is put aside when it can be", async () => {
  await using sandbox = await openSandbox();
  const { file, log, close } = openFile(sandbox, { maxBytes: 4, maxFiles: 2 });
  await mkdir(join(sandbox.path, "stdout.1"));
  await writeFile(join(sandbox.path, "stdout.1", "x"), "");
  for (const text of ["abc", "def", "ghijkl"]) await file.append(encode(text));
  assert.equal(await readFile(join(sandbox.path, "stdout"), "utf8"), "abcdefghijkl");
  assert.deepEqual((await readdir(sandbox.path)).sort(), ["stdout", "stdout.1"]);
  await rm(join(sandbox.path, "stdout.1"), { recursive: true });
  await file.append(encode("mno"));
  assert.deepEqual(await readGenerations(sandbox.path, "stdout"), ["abcdefghijkl", "mno"]);
  await file.append(encode("pqrs"));
  close();
  assert.deepEqual(await readGenerations(sandbox.path, "stdout"), ["mnop", "qrs"]);
  assert.deepEqual(log.messages("error"), ["output of the container exceeds its limit"]);
  assert.match(String(log.lines[0]?.fields.error), /rename 'stdout' -> 'stdout\.1'$/);
  assert.deepEqual(await listOpen(sandbox.outside), []);
});

test("OutputFile counts what a full disk does not take", async () => {
  const log = new RecordingLog();
  const troubles = new OutputTroubles(log);
  const file = new OutputFile(new TestDescriptor(openSync("/dev/full", "a")), { troubles });
  for (const text of ["abc", "de"]) await file.append(encode(text));
  file.close();
  troubles.summarize();
  assert.deepEqual(
    log.lines.map(({ message, fields }) => [message, fields.bytes]),
    [
      ["output of the container is being lost", undefined],
      ["output of the container was lost", 5],
    ],
  );
});

test("OutputFile tells of a descriptor that can be neither written nor closed, and throws nothing", async () => {
  const log = new RecordingLog();
  const descriptor = {
    fd: 2 ** 20,
    replace: () => undefined,
    close: () => {
      throw new Error("EDQUOT: disk quota exceeded");
    },
  };
  const file = new OutputFile(descriptor, { troubles: new OutputTroubles(log) });
  await file.append(encode("abc"));
  file.close();
  assert.deepEqual(log.messages("error"), [
    "output of the container is being lost",
    "output of the container may be incomplete",
  ]);
});
