// MESOS_DOCKER_UPDATE=1 has tests write published schemas instead of comparing them (npm run generate does).
import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import process from "node:process";
import { toJsonSchema } from "@valibot/to-json-schema";
import type * as v from "valibot";

/** Checks that `docs/<name>` is the JSON Schema of the code. */
export async function checkPublishedSchema(name: string, schema: v.GenericSchema, title: string): Promise<void> {
  const place = new URL(`../../docs/${name}`, import.meta.url);
  // What a regular expression or a range of versions is, JSON Schema cannot say.
  const converted = toJsonSchema(schema, { errorMode: "ignore", typeMode: "output" });
  const withoutOthers = (_key: string, value: unknown) => (JSON.stringify(value) === '{"not":{}}' ? false : value);
  const text = `${JSON.stringify({ ...converted, title }, withoutOthers, 2)}\n`;
  if (process.env.MESOS_DOCKER_UPDATE) await writeFile(place, text);
  assert.equal(await readFile(place, "utf8"), text);
}
