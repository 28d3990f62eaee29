import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdirSync, readFileSync } from "node:fs";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import { memoryRegistry, openRegistryClient, serveRegistry } from "../../registry/mod.ts";
import { CredentialsError, findRegistryCertificates } from "../../src/images/credentials/mod.ts";
import { certificateOptions, makeCertificates } from "../fakes/certificates.ts";
import { type Fixture, openFixture } from "../fakes/own_runtime.ts";

/** A folder of certificates for a host. */
async function place(fixture: Fixture, host: string, files: Readonly<Record<string, string>>): Promise<string> {
  mkdirSync(join(fixture.path, host), { recursive: true });
  for (const [name, text] of Object.entries(files)) await fixture.write(join(host, name), text);
  return fixture.path;
}

test("findRegistryCertificates() adds authorities to the system's, and finds a pair (J 69)", async () => {
  await using fixture = await openFixture();
  const files = { "a.crt": "A", "b.crt": "B", "client.cert": "C", "client.key": "K", README: "x" };
  const folder = await place(fixture, "registry.lab:5000", files);
  const { ca, cert, key } = findRegistryCertificates("registry.lab:5000", ["/nonexistent", folder]);
  assert.deepEqual(ca?.slice(-2), ["A", "B"]);
  assert.ok((ca?.length ?? 0) > 10, "the system's authorities are believed as well");
  assert.deepEqual([cert, key], ["C", "K"]);
});

test("findRegistryCertificates() finds nothing for a host without a folder", async () => {
  await using fixture = await openFixture();
  assert.deepEqual(findRegistryCertificates("registry.lab", [fixture.path]), {});
});

for (const lone of ["client.cert", "client.key"]) {
  test(`findRegistryCertificates() refuses a lone ${lone} (J 69)`, async () => {
    await using fixture = await openFixture();
    const folder = await place(fixture, "lab", { [lone]: "x" });
    assert.throws(
      () => findRegistryCertificates("lab", [folder]),
      (error) =>
        error instanceof CredentialsError && /expected both \("client.cert" and "client.key"\)$/.test(error.message),
    );
  });
}

test("a client is let in by its pair, and believes the folder's authority (J 69)", certificateOptions, async () => {
  await using fixture = await openFixture();
  makeCertificates(fixture.path);
  const read = (name: string) => readFileSync(join(fixture.path, name), "utf8");
  const tls = { cert: read("server.pem"), key: read("server-key.pem"), ca: read("ca.pem"), requestCert: true };
  const server = createServer({ ...tls, rejectUnauthorized: true }, serveRegistry(memoryRegistry()));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    const files = { "ca.crt": read("ca.pem"), "me.cert": read("client.pem"), "me.key": read("client-key.pem") };
    const folder = await place(fixture, host, files);
    using known = openRegistryClient(host, { scheme: "https", tls: findRegistryCertificates(host, [folder]) });
    await assert.rejects(known.statManifest("a", "v1"), { code: "MANIFEST_UNKNOWN" });
    using unknown = openRegistryClient(host, { scheme: "https", retries: { attempts: 1 } });
    await assert.rejects(unknown.statManifest("a", "v1"), { code: "UNAVAILABLE" });
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
