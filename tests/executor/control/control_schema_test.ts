// MESOS_DOCKER_UPDATE=1 has this test write the published schema instead of comparing it (npm run generate does).
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import process from "node:process";
import { test } from "node:test";
import { toJsonSchema } from "@valibot/to-json-schema";
import * as v from "valibot";
import { answerSchema, controlSchema } from "../../../src/executor/control/control_schema.ts";

const published = new URL("../../../docs/control-messages.schema.json", import.meta.url);

function createSchema(): object {
  const title = "MESSAGE to and from an executor of mesos-docker, version 1";
  // A JSON Schema can name no signals without naming a system's own.
  const schema = toJsonSchema(v.union([controlSchema, answerSchema]), { ignoreActions: ["transform", "check"] });
  return { ...schema, title };
}

test("the published JSON Schema of the messages is that of the code", async () => {
  const text = `${JSON.stringify(createSchema(), null, 2)}\n`;
  if (process.env.MESOS_DOCKER_UPDATE === "1") await writeFile(published, text);
  assert.equal(await readFile(published, "utf8"), text);
});
