import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { test } from "node:test";
import tls from "node:tls";
import { openSocketTransport } from "../../../../registry/client/http/socket_transport.ts";
import { openRegistryClient } from "../../../../registry/client/open_registry_client.ts";
import { memoryRegistry } from "../../../../registry/memory/memory_registry.ts";
import { openRegistryServer } from "../../../../registry/server/open_registry_server.ts";
import { emptyScope } from "../../../../registry/values/scope.ts";
import { certificateOptions } from "../../../fakes/certificates.ts";
import { failsWith } from "../../conformance/failure.ts";
import { pushImage } from "../../conformance/specimens.ts";
import { openFastClient } from "../fast_client.ts";
import { openCertificates } from "../test_certificates.ts";

/** More than a socket reads at once. */
const large = 4 * 1024 * 1024;

test(
  "a client believes a registry over TLS by its authority, or when told to, and not otherwise",
  certificateOptions,
  async () => {
    await using certificates = await openCertificates();
    const { server: own, ca } = certificates;
    await using server = await openRegistryServer(memoryRegistry(), { port: 0, tls: own });
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

for (const framing of ["by its length", "by its end"] as const) {
  const title = `an answer over TLS, framed ${framing}, is read however late its end is looked for`;
  test(`${title}, and its connection not used again`, certificateOptions, async () => {
    await using certificates = await openCertificates();
    let connections = 0;
    const server = tls.createServer(certificates.server, (socket) => {
      connections += 1;
      const body = Buffer.alloc(connections === 1 ? large : 2);
      socket.on("error", () => undefined);
      socket.once("data", () => {
        const length = framing === "by its length" ? `Content-Length: ${body.byteLength}\r\n` : "";
        socket.write(`HTTP/1.1 200 OK\r\n${length}\r\n`);
        socket.end(body);
      });
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const url = new URL(`https://127.0.0.1:${(server.address() as AddressInfo).port}`);
    const limits = { headersTimeoutMs: 1000, idleTimeoutMs: 1000 };
    using transport = openSocketTransport({ tls: { ca: certificates.ca }, ...limits });
    try {
      for (const bytes of [large, 2]) {
        const answer = await transport.send({ method: "GET", url, headers: {}, scope: emptyScope });
        let read = 0;
        for await (const piece of answer.body) {
          read += piece.byteLength;
          await new Promise((resolve) => setTimeout(resolve, 1));
        }
        assert.equal(read, bytes);
        // The connection's end has come by now, or never will.
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
      assert.equal(connections, 2);
    } finally {
      server.close();
    }
  });
}

test("openRegistryServer() refuses a certificate with another's key", certificateOptions, async () => {
  await using certificates = await openCertificates();
  const { cert } = certificates.server;
  const key = readFileSync(join(certificates.folder.path, "client-key.pem"), "utf8");
  const pair = { cert, key };
  await failsWith("UNAVAILABLE", openRegistryServer(memoryRegistry(), { port: 0, tls: pair }));
});
