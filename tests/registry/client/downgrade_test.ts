// From TLS to plain HTTP, and to hosts of others: contract B.2, B.5, J 20.
import assert from "node:assert/strict";
import https from "node:https";
import { test } from "node:test";
import { openRegistryClient } from "../../../registry/client/open_registry_client.ts";
import { certificateOptions } from "../../fakes/certificates.ts";
import { collect, randomBlob } from "../conformance/specimens.ts";
import { listen } from "../server/test_server.ts";
import { answer, openFaultyServer } from "./faulty_server.ts";
import { openCertificates } from "./test_certificates.ts";

const blob = randomBlob(1000);
const { digest, size } = blob.descriptor;
const alice = async () => ({ kind: "basic", username: "alice", password: "s3cret" }) as const;

/** A registry over TLS that answers as it is told. */
async function openSecure(handle: Parameters<typeof https.createServer>[1] & object) {
  const certificates = await openCertificates();
  const server = await listen(https.createServer(certificates.server, handle));
  const options = { scheme: "https", tls: { ca: certificates.ca }, retries: { attempts: 1 } } as const;
  const dispose = async () => {
    await server[Symbol.asyncDispose]();
    await certificates[Symbol.asyncDispose]();
  };
  return { host: server.host, options, [Symbol.asyncDispose]: dispose };
}

test(
  "a redirect from TLS to plain HTTP is refused unless it is allowed, and shown no login (J 20)",
  certificateOptions,
  async () => {
    await using storage = await openFaultyServer((_request, response) =>
      answer(response, 200, { "content-length": size }, blob.bytes),
    );
    await using server = await openSecure((request, response) => {
      if (request.headers.authorization === undefined) {
        return void answer(response, 401, { "www-authenticate": 'Basic realm="x"' });
      }
      answer(response, 307, { location: `http://${storage.host}/signed` });
    });
    using wary = openRegistryClient(server.host, { ...server.options, credentials: alice });
    await assert.rejects(wary.getBlob("n", digest), { code: "DENIED", message: /found plain HTTP at .* behind TLS$/ });
    assert.equal(storage.seen.length, 0);
    using open = openRegistryClient(server.host, { ...server.options, credentials: alice, downgrades: "allowed" });
    await using content = await open.getBlob("n", digest);
    assert.deepEqual(await collect(content.body), Buffer.from(blob.bytes));
    assert.equal(storage.seen[0]?.headers.authorization, undefined);
  },
);

test(
  "a place of tokens without TLS is refused to a registry with TLS unless it is allowed (J 20)",
  certificateOptions,
  async () => {
    await using tokens = await openFaultyServer((_request, response) =>
      answer(response, 200, {}, JSON.stringify({ token: "t" })),
    );
    await using server = await openSecure((request, response) => {
      const realm = `Bearer realm="http://${tokens.host}/token"`;
      if (request.headers.authorization === "Bearer t") answer(response, 200, { "content-length": size });
      else answer(response, 401, { "www-authenticate": realm });
    });
    for (const credentials of [undefined, alice]) {
      const login = credentials && { credentials };
      using wary = openRegistryClient(server.host, { ...server.options, ...login });
      await assert.rejects(wary.statBlob("n", digest), { code: "UNAUTHORIZED", message: /found a realm without TLS/ });
    }
    assert.equal(tokens.seen.length, 0);
    using open = openRegistryClient(server.host, { ...server.options, downgrades: "allowed" });
    await open.statBlob("n", digest);
    assert.equal(tokens.seen.length, 1);
  },
);
