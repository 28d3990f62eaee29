import assert from "node:assert/strict";
import { chmodSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { memoryRegistry } from "../../../registry/memory/memory_registry.ts";
import { RegistryError } from "../../../registry/mod.ts";
import { openRegistryServer } from "../../../registry/server/open_registry_server.ts";
import { certificateOptions, makeCertificates } from "../../fakes/certificates.ts";
import { pushImage } from "../../registry/conformance/specimens.ts";
import { openTestServer } from "../../registry/server/test_server.ts";
import { type OpenedSources, openSources } from "../resolve/opened_sources.ts";

/** A server that lets in who shows this, and the sources that a configuration makes. */
async function openGuarded(entry: (folder: string) => string, options: Parameters<typeof openSources>[1] = {}) {
  const content = memoryRegistry();
  const image = await pushImage(content, "app", ["v1"]);
  const shown: (string | undefined)[] = [];
  const server = await openTestServer(content, {
    admit: async (authorization) => {
      shown.push(authorization);
      if (authorization !== basic("builds", "secret")) throw new RegistryError("UNAUTHORIZED", "not you");
    },
  });
  const opened = await openSources("", options);
  writeFileSync(opened.path, `registries: { "${server.host}": { credentials: ${entry(opened.folder)} } }\n`);
  return {
    shown,
    image,
    host: server.host,
    path: opened.path,
    folder: opened.folder,
    stat: () => statThrough(opened, server.host),
    [Symbol.asyncDispose]: async () => {
      await opened[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
}

function statThrough({ sources }: OpenedSources, domain: string) {
  const upstream = sources.routeOf({ domain, repository: "app" }).upstreams.at(-1);
  assert.ok(upstream);
  return upstream.registry.statManifest("app", "v1");
}

test("a registry is shown the configured account, with its password from a file that may change", async () => {
  await using guarded = await openGuarded((folder) => {
    writeFileSync(join(folder, "password"), "secret\nmore\n");
    return `{ username: builds, passwordFile: ${folder}/password }`;
  });
  assert.deepEqual(await guarded.stat(), guarded.image.descriptor);
});

test("a password may stand in the configuration itself", async () => {
  await using guarded = await openGuarded(() => "{ username: builds, password: secret }");
  assert.deepEqual(await guarded.stat(), guarded.image.descriptor);
});

test("a registry is shown what the configured helper answers", async () => {
  const variables: Record<string, string> = {};
  const prepare = (folder: string) => {
    const helper = join(folder, "docker-credential-mine");
    writeFileSync(helper, `#!/bin/sh\ncat >/dev/null\necho '{"Username":"builds","Secret":"secret"}'\n`);
    chmodSync(helper, 0o755);
    variables.PATH = `${folder}:/usr/bin:/bin`;
    return "{ helper: mine }";
  };
  await using guarded = await openGuarded(prepare, { variables });
  assert.deepEqual(await guarded.stat(), guarded.image.descriptor);
});

test("with credentials: none a registry is shown nothing, whatever Docker has for it", async () => {
  const variables: Record<string, string> = {};
  await using guarded = await openGuarded(
    (folder) => {
      variables.DOCKER_CONFIG = folder;
      return "none";
    },
    { variables },
  );
  const auths = { [guarded.host]: { auth: Buffer.from("builds:secret").toString("base64") } };
  writeFileSync(join(guarded.folder, "config.json"), JSON.stringify({ auths }));
  await assert.rejects(guarded.stat(), /it asks for a login/);
  assert.ok(guarded.shown.every((authorization) => authorization === undefined));
  writeFileSync(guarded.path, "");
  assert.deepEqual(await guarded.stat(), guarded.image.descriptor, "without it, Docker's are shown");
});

test("what somebody brings along comes before the configuration (J 67)", async () => {
  await using guarded = await openGuarded(() => "{ username: builds, password: wrong }", {
    credentials: async () => ({ kind: "basic", username: "builds", password: "secret" }),
  });
  assert.deepEqual(await guarded.stat(), guarded.image.descriptor);
});

for (const [what, write, found] of [
  ["is not there", () => undefined, /Cannot read ".*password": ENOENT/],
  ["has an empty line first", (path: string) => writeFileSync(path, "\nsecret\n"), /its first line is empty/],
  ["is much too long", (path: string) => writeFileSync(path, "x".repeat(70_000)), /more than 65536 bytes/],
] as const) {
  test(`a password file that ${what} is an error that names it`, async () => {
    await using guarded = await openGuarded((folder) => {
      write(join(folder, "password"));
      return `{ username: builds, passwordFile: ${folder}/password }`;
    });
    await assert.rejects(guarded.stat(), (error: Error) => found.test(error.message) && !/secret/.test(error.message));
  });
}

test(
  "TLS is as the configuration says: an authority, a pair of ours, or any certificate",
  certificateOptions,
  async () => {
    await using opened = await openSources("");
    makeCertificates(opened.folder);
    const read = (name: string) => readFileSync(join(opened.folder, name), "utf8");
    const content = memoryRegistry();
    const image = await pushImage(content, "app", ["v1"]);
    const tls = { cert: read("server.pem"), key: read("server-key.pem") };
    await using server = await openRegistryServer(content, { port: 0, tls });
    const at = `https://${server.url.host}`;
    const say = (entry: string) => {
      const mirror = `a.test: { mirrors: ["${at}"], upstream: never }`;
      writeFileSync(opened.path, `registries: { ${mirror}, "${server.url.host}": { ${entry} } }\n`);
    };
    say("");
    await assert.rejects(statThrough(opened, "a.test"));
    say(`tls: { ca: ${opened.folder}/ca.pem }`);
    assert.deepEqual(await statThrough(opened, "a.test"), image.descriptor);
    say(
      `tls: { ca: ${opened.folder}/ca.pem, cert: ${opened.folder}/client.pem, key: ${opened.folder}/client-key.pem }`,
    );
    assert.deepEqual(await statThrough(opened, "a.test"), image.descriptor);
    say("tls: { insecure: true }");
    assert.deepEqual(await statThrough(opened, "a.test"), image.descriptor);
    say("tls: { ca: /nonexistent/ca.pem }");
    assert.throws(
      () => opened.sources.routeOf({ domain: "a.test", repository: "app" }),
      /Cannot use configuration "\/.*config.yaml": "registries.127.0.0.1:\d+.tls" names "\/nonexistent\/ca.pem", which cannot be read: ENOENT/,
    );
  },
);
