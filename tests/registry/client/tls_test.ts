import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { openRegistryClient } from "../../../registry/client/open_registry_client.ts";
import { memoryRegistry } from "../../../registry/memory/memory_registry.ts";
import { openRegistryServer } from "../../../registry/server/open_registry_server.ts";
import { certificateOptions, makeCertificates } from "../../fakes/certificates.ts";
import { openFixture } from "../../fakes/own_runtime.ts";
import { failsWith } from "../conformance/failure.ts";
import { pushImage } from "../conformance/specimens.ts";

test(
  "a client believes a registry over TLS by its authority, or when told to, and not otherwise",
  certificateOptions,
  async () => {
    await using folder = await openFixture();
    makeCertificates(folder.path);
    const read = (name: string) => readFileSync(join(folder.path, name), "utf8");
    const tls = { cert: read("server.pem"), key: read("server-key.pem") };
    await using server = await openRegistryServer(memoryRegistry(), { port: 0, tls });
    assert.equal(server.url.protocol, "https:");
    const common = { scheme: "https", retries: { attempts: 1 } } as const;
    using knowing = openRegistryClient(server.url.host, { ...common, tls: { ca: [read("ca.pem")] } });
    const image = await pushImage(knowing, "a", ["v1"]);
    using careless = openRegistryClient(server.url.host, { ...common, tls: { verify: "nobody" } });
    assert.deepEqual(await careless.statManifest("a", "v1"), image.descriptor);
    using strict = openRegistryClient(server.url.host, common);
    await failsWith("UNAVAILABLE", strict.statManifest("a", "v1"));
  },
);

test("openRegistryServer() refuses a certificate with another's key", certificateOptions, async () => {
  await using folder = await openFixture();
  makeCertificates(folder.path);
  const read = (name: string) => readFileSync(join(folder.path, name), "utf8");
  const tls = { cert: read("server.pem"), key: read("client-key.pem") };
  await failsWith("UNAVAILABLE", openRegistryServer(memoryRegistry(), { port: 0, tls }));
});
