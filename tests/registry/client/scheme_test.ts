// With TLS or without: contract B.9, J 68.
import assert from "node:assert/strict";
import { once } from "node:events";
import http, { type Server } from "node:http";
import https from "node:https";
import net, { type AddressInfo } from "node:net";
import { test } from "node:test";
import { openRegistryClient, type RegistryClientOptions } from "../../../registry/client/open_registry_client.ts";
import { memoryRegistry } from "../../../registry/memory/memory_registry.ts";
import { serveRegistry } from "../../../registry/server/serve_registry.ts";
import { certificateOptions } from "../../fakes/certificates.ts";
import { failsWith } from "../conformance/failure.ts";
import { listen } from "../server/test_server.ts";
import { openProxyDouble } from "./http/proxy_double.ts";
import { openCertificates } from "./test_certificates.ts";

const either: RegistryClientOptions = { scheme: "either", tls: { verify: "nobody" }, retries: { attempts: 1 } };

/** A listener at a port, zero for any, whose requests are counted, and what is no HTTP. */
async function listenAt(server: Server, port = 0) {
  const seen = { nonsense: 0, requests: 0 };
  server.on("clientError", (_error, socket) => {
    seen.nonsense += 1;
    socket.end("HTTP/1.1 400 Bad Request\r\n\r\n");
  });
  server.on("request", () => {
    seen.requests += 1;
  });
  server.listen(port, "127.0.0.1");
  await once(server, "listening");
  const taken = (server.address() as AddressInfo).port;
  const dispose = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { port: taken, host: `127.0.0.1:${taken}`, seen, [Symbol.asyncDispose]: dispose };
}

/** A listener that takes connections and says nothing. */
async function listenSilently() {
  const sockets: net.Socket[] = [];
  const server = net.createServer((socket) => {
    sockets.push(socket.resume());
    socket.on("error", () => undefined);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const dispose = async () => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { host, server, sockets, [Symbol.asyncDispose]: dispose };
}

const plainServer = () => http.createServer(serveRegistry(memoryRegistry()));

test("a registry that answers TLS with the text of HTTP is asked without, and probed once (J 68)", async () => {
  await using server = await listenAt(plainServer());
  using client = openRegistryClient(server.host, either);
  await Promise.all([client.ping(), client.ping()]);
  await client.ping();
  assert.deepEqual(server.seen, { nonsense: 1, requests: 3 });
});

for (const end of ["destroy", "resetAndDestroy"] as const) {
  test(`a registry that hangs up on TLS by ${end}() is asked without (J 68)`, async () => {
    await using server = await listenAt(plainServer());
    const gate = net.createServer((socket) => {
      socket.once("data", (bytes) => {
        if (bytes[0] === 22) return void socket[end]();
        const onward = net.connect(server.port, "127.0.0.1");
        onward.write(bytes);
        socket.pipe(onward).pipe(socket);
        onward.on("error", () => socket.destroy());
        socket.on("error", () => onward.destroy());
      });
      socket.on("error", () => undefined);
    });
    gate.listen(0, "127.0.0.1");
    await once(gate, "listening");
    try {
      using client = openRegistryClient(`127.0.0.1:${(gate.address() as AddressInfo).port}`, either);
      await client.ping();
    } finally {
      gate.close();
    }
  });
}

test("a registry that had TLS once is never asked without (J 68)", certificateOptions, async () => {
  await using certificates = await openCertificates();
  let place: { host: string; port: number };
  const client = await (async () => {
    await using secure = await listenAt(https.createServer(certificates.server, serveRegistry(memoryRegistry())));
    const opened = openRegistryClient(secure.host, either);
    await opened.ping();
    assert.equal(secure.seen.requests, 1);
    place = secure;
    return opened;
  })();
  using _client = client;
  await failsWith("UNAVAILABLE", client.ping());
  await using plain = await listenAt(plainServer(), place!.port);
  await failsWith("UNAVAILABLE", client.ping());
  assert.equal(plain.seen.requests, 0);
});

test("a registry that had no TLS may get it (J 68)", certificateOptions, async () => {
  await using certificates = await openCertificates();
  const [client, port] = await (async () => {
    await using plain = await listenAt(plainServer());
    const opened = openRegistryClient(plain.host, either);
    await opened.ping();
    return [opened, plain.port];
  })();
  using _client = client;
  await using secure = await listenAt(https.createServer(certificates.server, serveRegistry(memoryRegistry())), port);
  await failsWith("UNAVAILABLE", client.ping());
  await client.ping();
  assert.equal(secure.seen.requests, 1);
});

test("a registry with TLS that refuses us is not asked without (J 68)", certificateOptions, async () => {
  await using certificates = await openCertificates();
  const demanding = { ...certificates.server, ca: certificates.ca, requestCert: true, rejectUnauthorized: true };
  await using server = await listenAt(https.createServer(demanding, serveRegistry(memoryRegistry())));
  // By a name of its own: Deno goes on with a session that another server of this process gave for the address.
  using client = openRegistryClient(`localhost:${server.port}`, either);
  const error = await client.ping().catch((caught) => caught);
  assert.equal(error.code, "UNAVAILABLE");
  assert.equal(server.seen.requests, 0);
});

test("a registry that cannot be reached, or says nothing, is UNAVAILABLE after its tries (J 68)", async () => {
  const silent = net.createServer((socket) => void socket.resume());
  silent.listen(0, "127.0.0.1");
  await once(silent, "listening");
  const host = `127.0.0.1:${(silent.address() as AddressInfo).port}`;
  let connections = 0;
  silent.on("connection", () => {
    connections += 1;
  });
  const options = { ...either, retries: { attempts: 2, firstDelayMs: 1 }, connectTimeoutMs: 50 };
  {
    using client = openRegistryClient(host, options);
    await assert.rejects(client.ping(), { code: "UNAVAILABLE", message: `Cannot reach "${host}": no answer in time` });
    assert.equal(connections, 2);
  }
  silent.close();
  await once(silent, "close");
  using client = openRegistryClient(host, options);
  await assert.rejects(client.ping(), { code: "UNAVAILABLE", message: /^Cannot reach ".*": .*ECONNREFUSED/ });
});

test("a registry that says nothing is probed twice at most, however many tries others get (J 68)", async () => {
  await using silent = await listenSilently();
  using client = openRegistryClient(silent.host, {
    ...either,
    retries: { attempts: 5, firstDelayMs: 1 },
    connectTimeoutMs: 50,
  });
  await assert.rejects(client.ping(), { code: "UNAVAILABLE", message: /: no answer in time$/ });
  assert.equal(silent.sockets.length, 2);
});

for (const way of ["straight", "proxy"] as const) {
  test(`disposing of a client hangs up on a silent registry that is probed, by the way ${way} (J 68)`, async () => {
    await using silent = await listenSilently();
    const client = openRegistryClient(way === "proxy" ? "registry.lab:5000" : silent.host, {
      ...either,
      retries: { attempts: 5 },
      ...(way === "proxy" && { proxyFor: () => new URL(`http://${silent.host}`) }),
    });
    const pinging = client.ping();
    const [socket] = (await once(silent.server, "connection")) as [net.Socket];
    const closed = once(socket, "close");
    client[Symbol.dispose]();
    await assert.rejects(pinging, { code: "UNAVAILABLE", retryable: false, message: /: nobody asks any more$/ });
    await closed;
    assert.equal(silent.sockets.length, 1);
    await assert.rejects(client.ping(), { code: "UNAVAILABLE", retryable: false });
    assert.equal(silent.sockets.length, 1);
  });
}

test("disposing of a client ends the wait for the next probe (J 68)", async () => {
  const sleeping = Promise.withResolvers<AbortSignal | undefined>();
  const sleep = (_ms: number, { signal }: { signal?: AbortSignal } = {}) =>
    new Promise<void>((_resolve, reject) => {
      sleeping.resolve(signal);
      signal?.addEventListener("abort", () => reject(signal.reason));
    });
  const client = openRegistryClient("127.0.0.1:1", {
    ...either,
    retries: { attempts: 5 },
    clock: { now: () => 0, sleep },
  });
  const pinging = client.ping();
  await sleeping.promise;
  client[Symbol.dispose]();
  await assert.rejects(pinging, { code: "UNAVAILABLE", retryable: false });
});

test("disposing of a client hangs up on a proxy that does not answer", async () => {
  await using silent = await listenSilently();
  const proxyFor = () => new URL(`http://${silent.host}`);
  const client = openRegistryClient("registry.lab:5000", { proxyFor, retries: { attempts: 1 } });
  const pinging = client.ping();
  const [socket] = (await once(silent.server, "connection")) as [net.Socket];
  const closed = once(socket, "close");
  client[Symbol.dispose]();
  await failsWith("UNAVAILABLE", pinging);
  await closed;
});

test("who gives up does not wait until a silent registry has been probed, and others do (J 68)", async () => {
  const silent = net.createServer((socket) => void socket.resume());
  silent.listen(0, "127.0.0.1");
  await once(silent, "listening");
  using client = openRegistryClient(`127.0.0.1:${(silent.address() as AddressInfo).port}`, either);
  const connected = once(silent, "connection");
  const giving = new AbortController();
  const [impatient, patient] = [client.ping({ signal: giving.signal }), client.ping()];
  const [socket] = (await connected) as [net.Socket];
  giving.abort(new Error("given up"));
  await assert.rejects(impatient, /^Error: given up$/);
  silent.close();
  socket.destroy();
  await assert.rejects(patient, { code: "UNAVAILABLE" });
});

test("an upload is resumed by its id though its registry was not yet asked for TLS (J 68)", async () => {
  await using server = await listen(plainServer());
  using first = openRegistryClient(server.host, { ...either, scheme: "http" });
  const { id } = await first.startUpload("a");
  using second = openRegistryClient(server.host, either);
  assert.equal((await second.resumeUpload("a", id)).size, 0);
});

test("a registry behind a proxy is probed through it (J 68)", async () => {
  await using server = await listenAt(plainServer());
  const routes = { "registry.lab:5000": server.host };
  await using proxy = await openProxyDouble({ routes });
  using client = openRegistryClient("registry.lab:5000", { ...either, proxyFor: () => proxy.url });
  await client.ping();
  assert.deepEqual(proxy.seen, ["CONNECT registry.lab:5000 -", "GET http://registry.lab:5000/v2/ -"]);
});
