// Logging in: contract B.2, J 14 to 20.
import assert from "node:assert/strict";
import { text } from "node:stream/consumers";
import { test } from "node:test";
import { memoryRegistry } from "../../../registry/memory/memory_registry.ts";
import { failsWith } from "../conformance/failure.ts";
import { collect, list, pushSpecimen, randomBlob } from "../conformance/specimens.ts";
import { openFastClient } from "./fast_client.ts";
import { answer, type Fault, openFaultyServer } from "./faulty_server.ts";
import { type BearerRules, bearer, type TokenRule } from "./token_rules.ts";

const blob = randomBlob(1000);
const { digest } = blob.descriptor;
const alice = { kind: "basic", username: "alice", password: "s3cret" } as const;
const basicAlice = `Basic ${Buffer.from("alice:s3cret").toString("base64")}`;

async function withBlob() {
  const registry = memoryRegistry();
  await pushSpecimen(registry, "n", blob);
  return registry;
}

test("sixteen blobs at once cost one token (J 14)", async () => {
  await using server = await openFaultyServer(bearer(), await withBlob());
  using client = openFastClient(server.host);
  await Promise.all(
    Array.from({ length: 16 }, async () => {
      await using content = await client.getBlob("n", digest);
      assert.deepEqual(await collect(content.body), Buffer.from(blob.bytes));
    }),
  );
  assert.equal(server.count(/ \/token/), 1);
  const { url, headers } = server.seen.find((one) => one.url.startsWith("/token")) ?? {};
  const query = new URL(url ?? "", "http://x").searchParams;
  assert.equal(query.get("service"), "svc");
  assert.equal(query.get("scope"), "repository:n:pull");
  assert.equal(headers?.authorization, undefined, "nobody has no credentials to show");
});

test("a token that ends in mid-way is renewed once per request that finds it so (J 15)", async () => {
  await using server = await openFaultyServer(bearer({ uses: 2 }), await withBlob());
  using client = openFastClient(server.host);
  for (let at = 0; at < 6; at += 1) await client.statBlob("n", digest);
  assert.equal(server.count(/ \/token/), 3);
});

test("a token is renewed before its time is over", async () => {
  await using server = await openFaultyServer(bearer({ expiresIn: 300 }), await withBlob());
  using client = openFastClient(server.host);
  await client.statBlob("n", digest);
  client.clock.nowMs += 294_000;
  await client.statBlob("n", digest);
  assert.equal(server.count(/ \/token/), 1);
  client.clock.nowMs += 2000;
  await client.statBlob("n", digest);
  assert.equal(server.count(/ \/token/), 2);
});

test("a token of less than a minute is taken for one of a minute", async () => {
  await using server = await openFaultyServer(bearer({ expiresIn: 1 }), await withBlob());
  using client = openFastClient(server.host);
  await client.statBlob("n", digest);
  client.clock.nowMs += 50_000;
  await client.statBlob("n", digest);
  assert.equal(server.count(/ \/token/), 1);
});

test("credentials are shown to the place of tokens, and the token alone to the registry", async () => {
  await using server = await openFaultyServer(bearer(), await withBlob());
  let asked = 0;
  const credentials = async () => {
    asked += 1;
    return alice;
  };
  using client = openFastClient(server.host, { credentials });
  await client.statBlob("n", digest);
  await client.statBlob("n", digest);
  assert.equal(asked, 1);
  for (const { url, headers } of server.seen) {
    const expected = url.startsWith("/token") ? basicAlice : /^Bearer token-1$/;
    if (headers.authorization !== undefined) assert.match(headers.authorization, new RegExp(expected));
  }
  assert.match(server.seen.find(({ url }) => url.startsWith("/token"))?.url ?? "", /account=alice/);
});

test("a refresh token goes by POST, and by nobody's GET where POST is not known (J 18)", async () => {
  const forms: string[] = [];
  const known: TokenRule = async (request) => {
    forms.push(`${request.method} ${await text(request)}`);
    return "pass" as const;
  };
  const credentials = async () => ({ kind: "refresh", token: "r3fresh" }) as const;
  {
    await using server = await openFaultyServer(bearer({ token: known }), await withBlob());
    using client = openFastClient(server.host, { credentials });
    await client.statBlob("n", digest);
    const form = new URLSearchParams(forms[0]?.replace("POST ", ""));
    assert.equal(form.get("grant_type"), "refresh_token");
    assert.equal(form.get("refresh_token"), "r3fresh");
    assert.equal(form.get("scope"), "repository:n:pull");
    assert.equal(form.get("service"), "svc");
  }
  for (const status of [404, 405]) {
    const unknown: TokenRule = (request, response) => (request.method === "POST" ? answer(response, status) : "pass");
    await using server = await openFaultyServer(bearer({ token: unknown }), await withBlob());
    using client = openFastClient(server.host, { credentials });
    await client.statBlob("n", digest);
    assert.equal(server.count(/^GET \/token/), 1);
    assert.ok(server.seen.every(({ headers }) => !headers.authorization?.includes("r3fresh")));
  }
});

for (const refused of [undefined, 400, 401, 404]) {
  const end = refused === undefined ? "is taken" : `gives way to the password when it is refused with ${refused}`;
  test(`a refresh token that came with a token goes before the password, and ${end}`, async () => {
    const asked: string[] = [];
    const token: TokenRule = async (request, response) => {
      const form = new URLSearchParams(await text(request));
      asked.push(`${request.method} ${form.get("refresh_token") ?? request.headers.authorization}`);
      return request.method === "POST" && refused !== undefined ? answer(response, refused) : "pass";
    };
    await using server = await openFaultyServer(bearer({ uses: 1, refreshToken: "r3fresh", token }), await withBlob());
    using client = openFastClient(server.host, { credentials: async () => alice });
    await client.statBlob("n", digest);
    await client.statBlob("n", digest);
    const again = refused === undefined ? [] : [`GET ${basicAlice}`];
    assert.deepEqual(asked, [`GET ${basicAlice}`, "POST r3fresh", ...again]);
  });
}

test("a place of tokens that is overloaded is not asked with the password instead of a refresh token", async () => {
  const token: TokenRule = (request, response) => (request.method === "POST" ? answer(response, 503) : "pass");
  await using server = await openFaultyServer(bearer({ uses: 1, refreshToken: "r3fresh", token }), await withBlob());
  using client = openFastClient(server.host, { credentials: async () => alice });
  await client.statBlob("n", digest);
  await failsWith("UNAVAILABLE", client.statBlob("n", digest));
  assert.equal(server.count(/^GET \/token/), 1);
});

test("Basic credentials are shown on each request after the first", async () => {
  const fault: Fault = (request, response) =>
    request.headers.authorization === basicAlice
      ? "pass"
      : answer(response, 401, { "www-authenticate": 'Basic realm="x"' });
  await using server = await openFaultyServer(fault, await withBlob());
  using client = openFastClient(server.host, { credentials: async () => alice });
  await client.statBlob("n", digest);
  await client.statBlob("n", digest);
  assert.deepEqual(
    server.seen.map(({ headers }) => headers.authorization),
    [undefined, basicAlice, basicAlice],
  );
});

test("a login that does not help is told once, without the secret, and not tried for ever", async () => {
  for (const said of ['Basic realm="x"', undefined]) {
    const refusing: Fault = async (request, response, at) => {
      if (request.url?.startsWith("/token")) return await bearer()(request, response, at);
      const challenge = said ?? `Bearer realm="http://${at.host}/token",service="s"`;
      return answer(response, 401, { "www-authenticate": challenge });
    };
    await using server = await openFaultyServer(refusing, await withBlob());
    using client = openFastClient(server.host, { credentials: async () => alice });
    const error = await client.statBlob("n", digest).catch((caught) => caught);
    assert.equal(error.code, "UNAUTHORIZED");
    assert.doesNotMatch(`${error.message} ${error.stack}`, /s3cret|YWxpY2U/);
    if (said === undefined) {
      const found = 'it does not take user "alice" for repository:n:pull, or has no such repository';
      assert.ok(error.message.endsWith(`/v2/n/blobs/${digest}": ${found}`), error.message);
    }
    assert.equal(server.count(/blobs/), 2);
  }
});

test("a 401 without a way to log in is UNAUTHORIZED", async () => {
  for (const headers of [{}, { "www-authenticate": "Negotiate" }, { "www-authenticate": 'Bearer realm="x y"' }]) {
    await using server = await openFaultyServer((_request, response) => answer(response, 401, headers));
    using client = openFastClient(server.host, { credentials: async () => alice });
    await failsWith("UNAUTHORIZED", client.statBlob("n", digest));
    assert.equal(server.seen.length, 1);
  }
});

test("a place of tokens of another domain is not shown credentials unless it is trusted (J 20)", async () => {
  await using elsewhere = await openFaultyServer(bearer(), await withBlob());
  const realm = `http://localhost:${elsewhere.host.split(":")[1]}/token`;
  const fault: Fault = (request, response) =>
    request.headers.authorization === undefined
      ? answer(response, 401, { "www-authenticate": `Bearer realm="${realm}"` })
      : "pass";
  await using server = await openFaultyServer(fault, await withBlob());
  using wary = openFastClient(server.host, { credentials: async () => alice });
  await failsWith("UNAUTHORIZED", wary.statBlob("n", digest));
  assert.equal(elsewhere.seen.length, 0);
  using anonymous = openFastClient(server.host);
  await anonymous.statBlob("n", digest);
  assert.equal(elsewhere.seen[0]?.headers.authorization, undefined);
  using trusting = openFastClient(server.host, { credentials: async () => alice, trustedRealms: ["localhost"] });
  await trusting.statBlob("n", digest);
  assert.equal(elsewhere.seen[1]?.headers.authorization, basicAlice);
});

const badTokens: readonly (readonly [string, number, string])[] = [
  ["no JSON", 200, "<html>"],
  ["no token", 200, "{}"],
  ["a token with a line break", 200, JSON.stringify({ token: "a\r\nx: y" })],
  ["403", 403, '{"details":"no"}'],
  ["503", 503, ""],
];
for (const [what, status, body] of badTokens) {
  test(`a place of tokens that answers ${what} is told as the reason`, async () => {
    const rules: BearerRules = { token: (_request, response) => answer(response, status, {}, body) };
    await using server = await openFaultyServer(bearer(rules), await withBlob());
    using client = openFastClient(server.host, { retries: { attempts: 1 } });
    const error = await client.statBlob("n", digest).catch((caught) => caught);
    assert.match(error.message, /^Cannot get a token of "127\.0\.0\.1:\d+": found /);
  });
}

test("rights to another repository of a mount are asked for together, and a refusal of them costs only the mount (J 17)", async () => {
  await using server = await openFaultyServer(bearer(), await withBlob());
  using client = openFastClient(server.host);
  assert.equal((await client.mountBlob("m", digest, { from: "n" })).kind, "mounted");
  const { url = "" } = server.seen.find((one) => one.url.startsWith("/token")) ?? {};
  const scopes = new URL(url, "http://x").searchParams.getAll("scope");
  assert.deepEqual(scopes, ["repository:m:pull,push", "repository:n:pull"]);
  const denying: Fault = (request, response) =>
    request.url?.includes("mount=") ? answer(response, 403, {}, "{}") : "pass";
  await using other = await openFaultyServer(denying);
  using writer = openFastClient(other.host);
  assert.equal((await writer.mountBlob("m", digest, { from: "n" })).kind, "upload");
  assert.equal((await writer.mountBlob("m", digest, { from: "n", otherwise: "nothing" })).kind, "nothing");
});

test("a redirect takes Range along and leaves Authorization behind; a signature that ran out is had anew (J 19)", async () => {
  const stored = Buffer.from(blob.bytes);
  await using storage = await openFaultyServer((request, response, { count }) => {
    if (count === 1) return answer(response, 403, {}, "<Error>expired</Error>");
    assert.equal(request.headers.range, "bytes=10-");
    const headers = { "content-range": "bytes 10-999/1000", "content-length": 990 };
    return answer(response, 206, headers, stored.subarray(10));
  });
  const login = bearer();
  const fault: Fault = async (request, response, at) => {
    const outcome = await login(request, response, at);
    if (outcome === "done" || !request.url?.includes("/blobs/")) return outcome;
    return answer(response, 307, { location: `http://${storage.host}/store?signature=1` });
  };
  await using server = await openFaultyServer(fault, await withBlob());
  using client = openFastClient(server.host);
  await using content = await client.getBlob("n", digest, { range: { first: 10 } });
  assert.deepEqual(await collect(content.body), stored.subarray(10));
  assert.equal(storage.seen.length, 2);
  assert.ok(storage.seen.every(({ headers }) => headers.authorization === undefined));
});

test("redirects that loop, or lead to what is no HTTP, are refused", async () => {
  for (const location of ["/v2/again", "ftp://x/y", "file:///etc/passwd", "http://"]) {
    await using server = await openFaultyServer((_request, response) => answer(response, 302, { location }));
    using client = openFastClient(server.host);
    await failsWith(["UNAVAILABLE", "DENIED"], client.statBlob("n", digest));
    assert.ok(server.seen.length <= 12);
  }
});

test("a list of repositories asks for the right to it", async () => {
  await using server = await openFaultyServer(bearer(), await withBlob());
  using client = openFastClient(server.host);
  assert.deepEqual(await list(client.listRepositories()), ["n"]);
  assert.match(server.seen.find(({ url }) => url.startsWith("/token"))?.url ?? "", /scope=registry%3Acatalog%3A\*/);
});
