// The registry as the compiled program serves it, to clients that are not ours.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { openRegistryClient } from "../../registry/client/open_registry_client.ts";
import { digestOf } from "../../registry/values/digest.ts";
import { childrenOf, parseManifest } from "../../registry/values/manifest.ts";
import { pushImage } from "../registry/conformance/specimens.ts";
import { allRows } from "../registry/server/suite/all_rows.ts";
import { SuiteClient } from "../registry/server/suite/suite_client.ts";
import { testOnBinary, testOnDocker } from "./cases.ts";
import { runCommand } from "./command.ts";
import { eventually } from "./eventually.ts";
import { openStoreFolder, pushFromDaemon, serveRegistry } from "./served_registry.ts";

async function assertWhole(host: string, repository: string, target: string): Promise<void> {
  using registry = openRegistryClient(host);
  const { bytes, descriptor } = await registry.getManifest(repository, target);
  for (const { digest, size } of childrenOf(parseManifest(bytes, descriptor.mediaType))) {
    await using content = await registry.getBlob(repository, digest);
    const pieces: Uint8Array[] = [];
    for await (const piece of content.body) pieces.push(piece);
    const whole = Buffer.concat(pieces);
    assert.equal(whole.byteLength, size);
    assert.equal(digestOf(whole), digest);
  }
}

testOnDocker("a daemon pushes to the registry, and pulls after a restart of it", async ({ engine, image, binary }) => {
  await using folder = await openStoreFolder();
  let pushed: { reference: string; digest: string } | undefined;
  let port = "0";
  {
    await using registry = await serveRegistry(binary, ["--store", folder.path]);
    port = registry.host.split(":")[1] ?? "";
    const reference = `${registry.host}/team/busybox:v1`;
    await engine.tagImage(image, reference);
    try {
      pushed = { reference, digest: await pushFromDaemon(reference) };
      assert.equal(await pushFromDaemon(reference), pushed.digest, "a second push finds everything there");
    } finally {
      await engine.removeImage(reference);
    }
    await assertWhole(registry.host, "team/busybox", "v1");
  }
  await using registry = await serveRegistry(binary, ["--store", folder.path, "--listen", port]);
  assert.equal(registry.host, `127.0.0.1:${port}`);
  await engine.pullImage(pushed.reference);
  try {
    const [ours, theirs] = await Promise.all([engine.inspectImage(pushed.reference), engine.inspectImage(image)]);
    assert.equal(ours?.Id, theirs?.Id);
    assert.ok(ours?.RepoDigests?.some((name) => name.endsWith(`@${pushed.digest}`)));
  } finally {
    await engine.removeImage(pushed.reference);
  }
});

testOnDocker("a daemon pushes to a registry in memory, which mounts across repositories", async (bench) => {
  const { engine, image, binary } = bench;
  await using registry = await serveRegistry(binary, ["--memory"]);
  const references = ["first", "second"].map((name) => `${registry.host}/${name}:v1`);
  const digests = new Set<string>();
  for (const reference of references) {
    await engine.tagImage(image, reference);
    try {
      digests.add(await pushFromDaemon(reference));
    } finally {
      await engine.removeImage(reference);
    }
  }
  assert.equal(digests.size, 1);
  for (const name of ["first", "second"]) await assertWhole(registry.host, name, "v1");
});

testOnDocker("a daemon pulls through a cache, which goes on without upstream and after a restart", async (bench) => {
  const { engine, image, binary } = bench;
  await using folder = await openStoreFolder();
  const name = "team/busybox:v1";
  const upstream = await serveRegistry(binary, ["--memory"]);
  const pushed = `${upstream.host}/${name}`;
  await engine.tagImage(image, pushed);
  const digest = await pushFromDaemon(pushed);
  await engine.removeImage(pushed);
  const args = ["--store", folder.path, "--upstream", `lab=http://127.0.0.1:1,http://${upstream.host}`];
  {
    await using cache = await serveRegistry(binary, args);
    await assertWhole(cache.host, "lab/team/busybox", "v1");
    using client = openRegistryClient(cache.host, { namespace: "lab" });
    assert.equal((await client.statManifest("team/busybox", "v1")).digest, digest, "the name is short with ?ns=");
    await upstream[Symbol.asyncDispose]();
    await assertWhole(cache.host, "lab/team/busybox", "v1");
  }
  await using cache = await serveRegistry(binary, args);
  await assertWhole(cache.host, "lab/team/busybox", digest);
  const reference = `${cache.host}/lab/${name}`;
  await engine.pullImage(reference);
  const [ours, theirs] = await Promise.all([engine.inspectImage(reference), engine.inspectImage(image)]);
  await engine.removeImage(reference);
  assert.equal(ours?.Id, theirs?.Id);
});

const skopeo = "/usr/bin/skopeo";
if (existsSync(skopeo)) {
  testOnDocker("skopeo copies in and out, and reads the store as image layouts", async ({ engine, image, binary }) => {
    await using folder = await openStoreFolder();
    await using registry = await serveRegistry(binary, ["--store", folder.path]);
    const reference = `${registry.host}/team/busybox:v1`;
    await engine.tagImage(image, reference);
    try {
      await pushFromDaemon(reference);
    } finally {
      await engine.removeImage(reference);
    }
    const run = async (...args: string[]) => {
      const { end, stderr, stdout } = await runCommand([skopeo, "--insecure-policy", ...args]);
      assert.equal(end, 0, stderr);
      return stdout;
    };
    const out = `oci:${folder.path}/out:v1`;
    await run("copy", "--src-tls-verify=false", `docker://${reference}`, out);
    await run("copy", "--dest-tls-verify=false", out, `docker://${registry.host}/other/busybox:v2`);
    await assertWhole(registry.host, "other/busybox", "v2");
    const inspected = JSON.parse(
      await run("inspect", "--tls-verify=false", `docker://${registry.host}/other/busybox:v2`),
    );
    assert.deepEqual(inspected.RepoTags, ["v2"]);
    assert.equal(
      JSON.parse(await run("inspect", `oci:${folder.path}/repositories/other+busybox:v2`)).Digest,
      inspected.Digest,
    );
    await run("delete", "--tls-verify=false", `docker://${registry.host}/other/busybox:v2`);
    using client = openRegistryClient(registry.host);
    await assert.rejects(client.statManifest("other/busybox", "v2"), { code: "MANIFEST_UNKNOWN" });
  });
}

testOnBinary(
  "names without an upstream's are images of the default one, unless a client says whose they are",
  async (binary) => {
    await using upstream = await serveRegistry(binary, ["--memory"]);
    using source = openRegistryClient(upstream.host);
    const { descriptor } = await pushImage(source, "team/app", ["v1"]);
    const args = ["--memory", "--upstream", `lab=http://${upstream.host}`, "--default-upstream", "lab"];
    await using cache = await serveRegistry(binary, args);
    for (const [namespace, name] of [
      [undefined, "team/app"],
      [undefined, "lab/team/app"],
      ["lab", "team/app"],
    ] as const) {
      using client = openRegistryClient(cache.host, namespace === undefined ? {} : { namespace });
      assert.equal((await client.statManifest(name, "v1")).digest, descriptor.digest);
    }
    using other = openRegistryClient(cache.host, { namespace: "quay.io" });
    await assert.rejects(other.statManifest("team/app", "v1"), { code: "MANIFEST_UNKNOWN" });
  },
);

testOnBinary("registry serve answers every request of both suites of OCI, also in one store (J 48)", async (binary) => {
  await using folder = await openStoreFolder();
  await using registry = await serveRegistry(binary, ["--store", folder.path]);
  const client = new SuiteClient(registry.host);
  const rows = Object.values(allRows).flatMap((group) => Object.values(group));
  for (const [at, row] of rows.entries()) await row(client, `conformance/repo${at}`);
});

testOnBinary("registry gc has to wait until the registry is not served, and then collects", async (binary) => {
  await using folder = await openStoreFolder();
  const blob = Buffer.from("nobody names this");
  {
    await using registry = await serveRegistry(binary, ["--store", folder.path]);
    using client = openRegistryClient(registry.host);
    await client.pushBlob(
      "a",
      { digest: digestOf(blob) },
      (async function* () {
        yield blob;
      })(),
    );
    const refused = await runCommand([binary, "registry", "gc", "--store", folder.path]);
    assert.equal(refused.end, 1);
    assert.match(refused.stderr, /process \d+ has it open/);
  }
  const collected = await eventually("the blob's collection", async () => {
    const args = ["--store", folder.path, "--grace", "100ms", "--json"];
    const { end, stdout, stderr } = await runCommand([binary, "registry", "gc", ...args]);
    assert.equal(end, 0, stderr);
    const found = JSON.parse(stdout);
    return found.blobs > 0 && found;
  });
  assert.deepEqual(collected, { blobs: 1, manifests: 0, uploads: 0, freedBytes: blob.byteLength, passedOver: [] });
});
