// MESOS_DOCKER_UPDATE=1 has this test write the published schema instead of comparing it (npm run generate does).
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import process from "node:process";
import { test } from "node:test";
import { toJsonSchema } from "@valibot/to-json-schema";
import type * as v from "valibot";
import { documentSchema } from "../../../../src/executor/translation/carriers/document_schema.ts";
import type { TaskDocument } from "../../../../src/executor/translation/document.ts";

const published = new URL("../../../../docs/task-document.schema.json", import.meta.url);

function createSchema(): object {
  const title = "TaskInfo.data of mesos-docker, version 1";
  return { ...toJsonSchema(documentSchema), title };
}

type Input = v.InferInput<typeof documentSchema>;

test("the type of the document and its schema name the same keys", () => {
  const keys: Record<keyof TaskDocument, true> & Record<keyof Input, true> = {
    mesosDocker: true,
    image: true,
    imageArchive: true,
    pull: true,
    platform: true,
    entrypoint: true,
    command: true,
    args: true,
    env: true,
    user: true,
    workdir: true,
    hostname: true,
    network: true,
    privileged: true,
    ports: true,
    volumes: true,
    parameters: true,
    healthcheck: true,
    stopSignal: true,
    logs: true,
  };
  assert.deepEqual(Object.keys(keys).sort(), Object.keys(documentSchema.entries).sort());
});

test("the published JSON Schema of the task document is that of the code", async () => {
  const text = `${JSON.stringify(createSchema(), null, 2)}\n`;
  if (process.env.MESOS_DOCKER_UPDATE === "1") await writeFile(published, text);
  assert.equal(await readFile(published, "utf8"), text);
});
