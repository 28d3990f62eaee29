// Registries behind a proxy: contract B.9, J 70.
import assert from "node:assert/strict";
import events from "node:events";
import https from "node:https";
import net, { type AddressInfo } from "node:net";
import process from "node:process";
import { test } from "node:test";
import { openRegistryClient, type RegistryClientOptions } from "../../../../registry/client/open_registry_client.ts";
import { memoryRegistry } from "../../../../registry/memory/memory_registry.ts";
import { openRegistryServer } from "../../../../registry/server/open_registry_server.ts";
import { certificateOptions } from "../../../fakes/certificates.ts";
import { finish, startScript } from "../../../fakes/own_runtime.ts";
import { failsWith } from "../../conformance/failure.ts";
import { pushImage } from "../../conformance/specimens.ts";
import { openFaultyServer } from "../faulty_server.ts";
import { openCertificates } from "../test_certificates.ts";
import { openProxyDouble } from "./proxy_double.ts";

const once = { retries: { attempts: 1 } } as const;

function through(proxy: URL, credentials = ""): Pick<RegistryClientOptions, "proxyFor"> {
  return { proxyFor: () => new URL(proxy.href.replace("://", `://${credentials}`)) };
}

/** A registry over TLS, with the texts of its certificates. */
async function openSecureServer() {
  const certificates = await openCertificates();
  const { server: tls, ca, folder } = certificates;
  const server = await openRegistryServer(memoryRegistry(), { port: 0, tls });
  const dispose = async () => {
    await server[Symbol.asyncDispose]();
    await certificates[Symbol.asyncDispose]();
  };
  return { host: server.url.host, tls, ca, folder, [Symbol.asyncDispose]: dispose };
}

test("a registry without TLS is asked through a proxy, which alone sees its own credentials (J 70)", async () => {
  await using server = await openFaultyServer(() => "pass");
  await using proxy = await openProxyDouble({ routes: { "registry.lab:5000": server.host } });
  using client = openRegistryClient("registry.lab:5000", { scheme: "http", ...through(proxy.url, "me:p%40ss@") });
  const image = await pushImage(client, "a", ["v1"]);
  assert.deepEqual(await client.statManifest("a", "v1"), image.descriptor);
  assert.ok(server.seen.every(({ headers }) => headers.host === "registry.lab:5000"));
  assert.ok(server.seen.every(({ headers }) => headers.authorization === undefined));
  const shown = `Basic ${Buffer.from("me:p@ss").toString("base64")}`;
  assert.equal(proxy.seen.at(-1), `HEAD http://registry.lab:5000/v2/a/manifests/v1 ${shown}`);
});

test(
  "a registry with TLS is asked through a tunnel, end to end, that is used again (J 70)",
  certificateOptions,
  async () => {
    await using server = await openSecureServer();
    await using proxy = await openProxyDouble();
    const common = { scheme: "https", ...once, ...through(proxy.url, "me:pass@") } as const;
    using client = openRegistryClient(server.host, { ...common, tls: { ca: server.ca } });
    const image = await pushImage(client, "a", ["v1"]);
    assert.deepEqual(await client.statManifest("a", "v1"), image.descriptor);
    const tunnel = `CONNECT ${server.host} Basic ${Buffer.from("me:pass").toString("base64")}`;
    assert.deepEqual(new Set(proxy.seen), new Set([tunnel]));
    const before = proxy.seen.length;
    await client.statManifest("a", "v1");
    assert.equal(proxy.seen.length, before);
    using strict = openRegistryClient(server.host, common);
    await failsWith("UNAVAILABLE", strict.statManifest("a", "v1"));
  },
);

test(
  "the name of a registry behind a proxy is the proxy's to find, and its certificate ours to check (J 70)",
  certificateOptions,
  async () => {
    await using server = await openSecureServer();
    await using proxy = await openProxyDouble({ routes: { "registry.lab:443": server.host } });
    const common = { ...once, ...through(proxy.url) };
    using careless = openRegistryClient("registry.lab", { ...common, tls: { verify: "nobody" } });
    await careless.ping();
    using careful = openRegistryClient("registry.lab", { ...common, tls: { ca: server.ca } });
    const error = await careful.ping().catch((caught) => caught);
    assert.equal(error.code, "UNAVAILABLE");
    assert.match(error.message, /registry\.lab/);
  },
);

test("a registry that answers 407 through a tunnel itself is told as the one who did", certificateOptions, async () => {
  await using certificates = await openCertificates();
  const { server: tls, ca } = certificates;
  const server = https.createServer(tls, (_, response) => void response.writeHead(407).end()).listen(0, "127.0.0.1");
  await events.once(server, "listening");
  try {
    const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
    await using proxy = await openProxyDouble();
    using client = openRegistryClient(host, { scheme: "https", ...once, ...through(proxy.url), tls: { ca } });
    const error = await client.ping().catch((caught) => caught);
    assert.equal(error.message, `Cannot speak to the registry: ${host} answered 407`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});

for (const scheme of ["http", "https"] as const) {
  for (const [status, retryable, found] of [
    [407, false, "it asks for a login (407)"],
    ...(scheme === "https"
      ? ([
          [403, false, "it answered 403"],
          [502, true, "it answered 502"],
        ] as const)
      : []),
  ] as const) {
    test(`a proxy that answers ${status} to ${scheme} is told as the reason, without its credentials (J 70)`, async () => {
      await using proxy = await openProxyDouble({ refusal: status });
      const options = { scheme, retries: { attempts: 2, firstDelayMs: 1 }, ...through(proxy.url, "me:s3cret@") };
      using client = openRegistryClient("registry.lab:5000", options);
      const error = await client.ping().catch((caught) => caught);
      assert.equal(error.message, `Cannot reach "registry.lab:5000" through the proxy "${proxy.url.host}": ${found}`);
      assert.equal(error.retryable, retryable);
      assert.equal(proxy.seen.length, retryable ? 2 : 1);
    });
  }
}

test("a proxy that opens no tunnel in time, or is not there, makes the registry UNAVAILABLE (J 70)", async () => {
  const gone = await openProxyDouble({ silent: true });
  {
    await using proxy = gone;
    using client = openRegistryClient("registry.lab", { ...once, connectTimeoutMs: 50, ...through(proxy.url) });
    const error = await client.ping().catch((caught) => caught);
    assert.match(error.message, /through the proxy .*: no answer in time$/);
  }
  using client = openRegistryClient("registry.lab", { ...once, ...through(gone.url) });
  await failsWith("UNAVAILABLE", client.ping());
});

test("a registry that speaks no TLS through a tunnel is UNAVAILABLE, at once or when it says nothing (J 70)", async () => {
  await using plain = await openFaultyServer(() => "pass");
  const silent = net.createServer((socket) => void socket.resume());
  silent.listen(0, "127.0.0.1");
  await events.once(silent, "listening");
  const { port } = silent.address() as AddressInfo;
  await using proxy = await openProxyDouble();
  const failures = { [plain.host]: /: (?!no TLS in time)/, [`127.0.0.1:${port}`]: /: no TLS in time$/ };
  try {
    for (const [host, message] of Object.entries(failures)) {
      const options = { ...once, scheme: "https", connectTimeoutMs: 200, ...through(proxy.url) } as const;
      using client = openRegistryClient(host, options);
      await assert.rejects(client.ping(), { code: "UNAVAILABLE", message });
    }
  } finally {
    silent.close();
  }
});

test("a proxy may be spoken to over TLS (J 70)", certificateOptions, async () => {
  await using server = await openSecureServer();
  await using plain = await openFaultyServer(() => "pass");
  await using proxy = await openProxyDouble({ tls: server.tls, routes: { "registry.lab:80": plain.host } });
  // Proxies are believed by the authorities of the system: a process that has one more.
  const script = `
    import { openRegistryClient } from "SRC/../registry/client/open_registry_client.ts";
    const proxyFor = () => new URL("${proxy.url.href}");
    // Neither is closed: connections that nobody uses keep no process from its end.
    const secure = openRegistryClient("${server.host}", { scheme: "https", proxyFor, tls: { verify: "nobody" } });
    await secure.ping();
    const open = openRegistryClient("${plain.host}", { scheme: "http", proxyFor });
    await open.ping();
    console.log("reached");`;
  const ca = await server.folder.write("authority.pem", server.ca.join(""));
  const env = { ...process.env, NODE_EXTRA_CA_CERTS: ca };
  const child = await startScript(script, { fixture: server.folder, env });
  assert.deepEqual(await finish(child), { stdout: "reached\n", end: 0 });
  assert.deepEqual(proxy.seen, [`CONNECT ${server.host} -`, `GET http://${plain.host}/v2/ -`]);
  using distrusting = openRegistryClient(plain.host, { scheme: "http", ...once, ...through(proxy.url) });
  await failsWith("UNAVAILABLE", distrusting.ping());
});
