import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { systemClock } from "../../../registry/client/clock.ts";
import { memoryRegistry } from "../../../registry/memory/memory_registry.ts";
import { parseReference } from "../../../registry/mod.ts";
import { explainResolution } from "../../../src/images/resolve/explanation.ts";
import { toLines } from "../../../src/images/resolve/explanation_lines.ts";
import { resolveImage } from "../../../src/images/resolve/resolve_image.ts";
import { pushImage } from "../../registry/conformance/specimens.ts";
import { openTestServer } from "../../registry/server/test_server.ts";
import { type OpenedSources, openSources } from "./opened_sources.ts";

async function explain({ sources, folder }: OpenedSources, image: string) {
  const reference = parseReference(image);
  const { signal } = new AbortController();
  const platform = { os: "linux", architecture: "amd64" };
  const resolution = await resolveImage(reference, { sources, platform, clock: systemClock, signal });
  return await explainResolution(resolution, {
    ...{ image, reference, rules: sources.rulesOf(reference), platform: "linux/amd64", platformBy: "the daemon's" },
    ...{ variables: { DOCKER_CONFIG: folder } },
  });
}

test("an explanation tells each source with who we are to it, what came of it, and the entry that names it (J 67)", async () => {
  const content = memoryRegistry();
  const image = await pushImage(content, "app", ["v1"]);
  await using server = await openTestServer(content);
  await using opened = await openSources(`registries:
  ${server.host}:
    mirrors: ["http://127.0.0.1:1", { address: "http://127.0.0.1:2", prefix: m, capabilities: [blobs] }]
    tags: [{ matching: ^v, policy: 10mins }]
  127.0.0.1:1: { credentials: { username: builds, passwordFile: /etc/hub.password } }
`);
  const auths = { [server.host]: { auth: Buffer.from("me:hunter2").toString("base64") } };
  writeFileSync(join(opened.folder, "config.json"), JSON.stringify({ auths }));
  const explained = await explain(opened, `${server.host}/app:v1`);
  assert.deepEqual(
    explained.candidates.map(({ role, host, repository, because, credentials, transport }) => [
      role,
      host,
      repository,
      because,
      credentials,
      transport,
    ]),
    [
      [
        "mirror",
        "127.0.0.1:1",
        "app",
        `registries.${server.host}.mirrors`,
        'user "builds" with /etc/hub.password (registries.127.0.0.1:1)',
        "http",
      ],
      ["mirror", "127.0.0.1:2", "m/app", `registries.${server.host}.mirrors`, "nobody", "http"],
      [
        "registry",
        server.host,
        "app",
        "the name says so",
        `user "me" (auths of "${opened.folder}/config.json")`,
        "https with any certificate, or http",
      ],
    ],
  );
  assert.deepEqual(explained.tags, { policy: "10mins", because: `registries.${server.host}.tags` });
  assert.equal(explained.source, server.host);
  assert.equal(explained.pinned, `${server.host}/app@${image.descriptor.digest}`);
  assert.equal(explained.error, undefined);
  assert.match(explained.candidates[0]?.asked ?? "", /127.0.0.1:1|password/);
  const lines = toLines(explained).join("\n");
  assert.match(lines, new RegExp(`^source +${server.host}$`, "m"));
  assert.match(lines, new RegExp(`^digest +${image.descriptor.digest} `, "m"));
  for (const text of [lines, JSON.stringify(explained)]) assert.doesNotMatch(text, /hunter2/);
});

test("a failure names every source with who we were to it and its cause (J 37)", async () => {
  await using empty = await openTestServer(memoryRegistry());
  await using opened = await openSources(`registries: { "${empty.host}": { mirrors: ["http://127.0.0.1:1"] } }\n`);
  const { error, pinned } = await explain(opened, `${empty.host}/app:v1`);
  assert.equal(pinned, undefined);
  assert.match(
    error ?? "",
    /^Cannot resolve ".*\/app:v1": 127.0.0.1:1 \(as nobody\): .*; 127.0.0.1:\d+ \(as nobody\): /,
  );
});

test("a digest has no tag policy", async () => {
  await using opened = await openSources('registries: { "127.0.0.1:1": { tags: pinned } }\n');
  const { tags } = await explain(opened, `127.0.0.1:1/app@sha256:${"a".repeat(64)}`);
  assert.equal(tags.policy, "none");
});
