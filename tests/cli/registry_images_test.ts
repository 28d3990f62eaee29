import assert from "node:assert/strict";
import { test } from "node:test";
import { parseCommandLine } from "../../src/cli/command_line.ts";
import { UsageError } from "../../src/cli/usage_error.ts";
import { silentLog } from "../../src/runtime/log.ts";
import { openFaultyServer } from "../registry/client/faulty_server.ts";
import { list, pushImage } from "../registry/conformance/specimens.ts";

test("registry rm refuses a name with tag and digest, as it removes either the tag or the manifest with all its tags", async () => {
  await using server = await openFaultyServer(() => "pass");
  const { descriptor } = await pushImage(server.registry, "a", ["v1", "v2"]);
  const [tag, digest] = [`${server.host}/a:v1`, `${server.host}/a@${descriptor.digest}`];
  const text = `${tag}@${descriptor.digest}`;
  const context = { variables: {}, log: silentLog };
  await assert.rejects(parseCommandLine(["registry", "rm", tag, text], context), (error) => {
    assert.ok(error instanceof UsageError);
    const expected = `expected either "${tag}", which removes the tag, or "${digest}", which removes the manifest with all its tags`;
    assert.equal(error.message, `Cannot remove "${text}": found a tag and a digest, ${expected}`);
    return true;
  });
  assert.deepEqual(await list(server.registry.listTags("a")), ["v1", "v2"]);
});

for (const [end, found] of [
  [":v1", "a tag"],
  [`@sha256:${"0".repeat(64)}`, "a digest"],
] as const) {
  test(`registry ls refuses a name with ${found} instead of passing it over`, async () => {
    await using server = await openFaultyServer(() => "pass");
    await pushImage(server.registry, "a", ["v1", "v2"]);
    const text = `${server.host}/a${end}`;
    for (const json of [[], ["--json"]]) {
      const listing = parseCommandLine(["registry", "ls", text, ...json], { variables: {}, log: silentLog });
      const message = `Cannot list "${text}": found ${found}, expected a repository, all of whose tags are listed`;
      await assert.rejects(listing, { name: "UsageError", message });
    }
  });
}

test("registry rm removes once what is named twice", async () => {
  await using server = await openFaultyServer(() => "pass");
  await pushImage(server.registry, "a", ["v1", "v2"]);
  const tag = `${server.host}/a:v1`;
  assert.equal(await parseCommandLine(["registry", "rm", tag, tag], { variables: {}, log: silentLog }), 0);
  assert.deepEqual(await list(server.registry.listTags("a")), ["v2"]);
});
