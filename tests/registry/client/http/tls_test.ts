import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { openRegistryClient } from "../../../../registry/client/open_registry_client.ts";
import { memoryRegistry } from "../../../../registry/memory/memory_registry.ts";
import { openRegistryServer } from "../../../../registry/server/open_registry_server.ts";
import { certificateOptions } from "../../../fakes/certificates.ts";
import { failsWith } from "../../conformance/failure.ts";
import { pushImage } from "../../conformance/specimens.ts";
import { openFastClient } from "../fast_client.ts";
import { openCertificates } from "../test_certificates.ts";

test(
  "a client believes a registry over TLS by its authority, or when told to, and not otherwise",
  certificateOptions,
  async () => {
    await using certificates = await openCertificates();
    const { server: tls, ca } = certificates;
    await using server = await openRegistryServer(memoryRegistry(), { port: 0, tls });
    assert.equal(server.url.protocol, "https:");
    const common = { scheme: "https", retries: { attempts: 1 } } as const;
    using knowing = openRegistryClient(server.url.host, { ...common, tls: { ca } });
    const image = await pushImage(knowing, "a", ["v1"]);
    using careless = openRegistryClient(server.url.host, { ...common, tls: { verify: "nobody" } });
    assert.deepEqual(await careless.statManifest("a", "v1"), image.descriptor);
    using strict = openFastClient(server.url.host, { scheme: "https" });
    await failsWith("UNAVAILABLE", strict.statManifest("a", "v1"));
    assert.deepEqual(strict.clock.waits, [], "who is not believed is not asked again");
    const elsewhere = server.url.host.replace("127.0.0.1", "localhost");
    using misnamed = openFastClient(elsewhere, { scheme: "https", tls: { ca } });
    await failsWith("UNAVAILABLE", misnamed.statManifest("a", "v1"));
    assert.deepEqual(misnamed.clock.waits, []);
  },
);

test("openRegistryServer() refuses a certificate with another's key", certificateOptions, async () => {
  await using certificates = await openCertificates();
  const { cert } = certificates.server;
  const key = readFileSync(join(certificates.folder.path, "client-key.pem"), "utf8");
  const tls = { cert, key };
  await failsWith("UNAVAILABLE", openRegistryServer(memoryRegistry(), { port: 0, tls }));
});
