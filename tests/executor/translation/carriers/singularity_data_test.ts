import assert from "node:assert/strict";
import { test } from "node:test";
import { readSingularityData } from "../../../../src/executor/translation/carriers/singularity_data.ts";
import type { Statement } from "../../../../src/executor/translation/statement.ts";

const source = "TaskInfo.data";

/** executorData with every key that Singularity writes when nothing more than a command is said. */
const plain = {
  cmd: "java -jar app.jar",
  embeddedArtifacts: [],
  externalArtifacts: [],
  s3Artifacts: [],
  s3ArtifactSignatures: null,
  successfulExitCodes: [],
  runningSentinel: null,
  user: null,
  extraCmdLineArgs: [],
  loggingTag: null,
  loggingExtraFields: {},
  loggingS3Bucket: null,
  sigKillProcessesAfterMillis: null,
  maxTaskThreads: null,
  maxOpenFiles: null,
  preserveTaskSandboxAfterFinish: null,
  skipLogrotateAndCompress: null,
  logrotateFrequency: null,
};

const readings: { title: string; text: string; stated: Partial<Statement> }[] = [
  { title: "a command as plain text", text: "cat a | wc -l", stated: { command: "cat a | wc -l" } },
  { title: "a command that looks like JSON", text: "{ echo a; }", stated: { command: "{ echo a; }" } },
  { title: "no command of no text", text: " ", stated: {} },
  { title: "executorData", text: JSON.stringify(plain), stated: { command: "java -jar app.jar" } },
  { title: "executorData without a command", text: JSON.stringify({ ...plain, cmd: "" }), stated: {} },
  {
    title: "further arguments as they are",
    text: JSON.stringify({ ...plain, extraCmdLineArgs: ["--port $PORT0", "'a b'"] }),
    stated: { command: "java -jar app.jar --port $PORT0 'a b'" },
  },
  {
    title: "user and limits",
    text: JSON.stringify({ ...plain, user: "web", maxOpenFiles: 4096, maxTaskThreads: 100, successfulExitCodes: [0] }),
    stated: {
      command: "java -jar app.jar",
      user: "web",
      parameters: [
        { key: "ulimit", value: "nofile=4096", source },
        { key: "pids-limit", value: "100", source },
      ],
    },
  },
];

for (const { title, text, stated } of readings) {
  test(`readSingularityData() reads ${title}`, () => {
    assert.deepEqual(readSingularityData(text), { source, ...stated });
  });
}

const faults: { data: object; fault: string }[] = [
  { data: { cmd: 1 }, fault: "cmd is not a text" },
  { data: { extraCmdLineArgs: "x" }, fault: "extraCmdLineArgs is not a list of texts" },
  { data: { user: {} }, fault: "user is not a text" },
  { data: { maxOpenFiles: "many" }, fault: "maxOpenFiles is not a whole number" },
  { data: { embeddedArtifacts: [{}] }, fault: "embeddedArtifacts is what only Singularity's own executor can fetch" },
  { data: { externalArtifacts: [{}] }, fault: "externalArtifacts is what only Singularity's own executor can fetch" },
  { data: { s3Artifacts: [{}] }, fault: "s3Artifacts is what only Singularity's own executor can fetch" },
  {
    data: { s3ArtifactSignatures: [{}] },
    fault: "s3ArtifactSignatures is what only Singularity's own executor can fetch",
  },
  { data: { runningSentinel: "up" }, fault: "runningSentinel cannot be honoured" },
  { data: { successfulExitCodes: [0, 3] }, fault: "successfulExitCodes is not [0]" },
  { data: { successfulExitCodes: 0 }, fault: "successfulExitCodes is not [0]" },
  { data: { cmd: [], runningSentinel: "up" }, fault: "cmd is not a text; runningSentinel cannot be honoured" },
];

for (const { data, fault } of faults) {
  test(`readSingularityData() refuses ${JSON.stringify(data)}`, () => {
    assert.throws(() => readSingularityData(JSON.stringify({ ...plain, ...data })), {
      name: "TaskError",
      code: "unsupported",
      message: `Cannot use TaskInfo.data: ${fault}`,
    });
  });
}
