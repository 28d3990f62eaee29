import assert from "node:assert/strict";
import { test } from "node:test";
import { parseChallenges } from "../../../registry/client/challenge.ts";
import { findNextLink } from "../../../registry/client/link.ts";
import { openRegistryClient } from "../../../registry/client/open_registry_client.ts";
import { isTrustedRealm } from "../../../registry/client/realm.ts";
import { defaultRetryPolicy, delayBefore } from "../../../registry/client/retries.ts";
import { parseRetryAfter } from "../../../registry/client/retry_after.ts";
import { isLoopback } from "../../../registry/values/loopback.ts";

const challenges: readonly (readonly [string, ReturnType<typeof parseChallenges>])[] = [
  ["", []],
  ["Negotiate", [{ scheme: "negotiate", parameters: {} }]],
  ['Basic realm="a \\"b\\" c"', [{ scheme: "basic", parameters: { realm: 'a "b" c' } }]],
  [
    'bearer Realm="https://a/t?x=1,2",SERVICE=s , scope="repository:a:pull,push"',
    [{ scheme: "bearer", parameters: { realm: "https://a/t?x=1,2", service: "s", scope: "repository:a:pull,push" } }],
  ],
  [
    'Basic realm="x", Bearer realm="y",service="z"',
    [
      { scheme: "basic", parameters: { realm: "x" } },
      { scheme: "bearer", parameters: { realm: "y", service: "z" } },
    ],
  ],
  ['Bearer realm="unfinished', [{ scheme: "bearer", parameters: {} }]],
  ['Bearer realm="a",realm="b"', [{ scheme: "bearer", parameters: { realm: "a" } }]],
  ["@@@", []],
  ["Bearer realm=", [{ scheme: "bearer", parameters: {} }]],
];
for (const [header, expected] of challenges) {
  test(`parseChallenges() reads ${JSON.stringify(header)}`, () => assert.deepEqual(parseChallenges(header), expected));
}

const links: readonly (readonly [string | undefined, string | undefined])[] = [
  [undefined, undefined],
  ["", undefined],
  ['</a?n=1>; rel="next"', "/a?n=1"],
  ["</a>; rel=next", "/a"],
  ['</p>; rel="prev", </n>; title="x"; rel="next"', "/n"],
  ['</a>; REL="Next"', "/a"],
  ['</a>; rel="last next"', "/a"],
  ['</a>; rel="nextish"', undefined],
  ["</a>", undefined],
  ['<>; rel="next"', undefined],
];
for (const [header, expected] of links) {
  test(`findNextLink() finds ${expected} in ${header}`, () => assert.equal(findNextLink(header), expected));
}

const nowMs = Date.parse("2024-01-01T00:00:00Z");
const patience: readonly (readonly [string | undefined, number | undefined])[] = [
  [undefined, undefined],
  ["3", 3000],
  [" 0 ", 0],
  ["Mon, 01 Jan 2024 00:00:10 GMT", 10_000],
  ["Sun, 31 Dec 2023 00:00:00 GMT", 0],
  ["999999999", 86_400_000],
  ["Fri, 31 Dec 9999 23:59:59 GMT", 86_400_000],
  ["-1", undefined],
  ["soon", undefined],
  ["1e9", undefined],
];
for (const [header, expected] of patience) {
  test(`parseRetryAfter() reads ${header} as ${expected}`, () =>
    assert.equal(parseRetryAfter(header, nowMs), expected));
}

test("delayBefore() doubles up to its longest, draws from nothing up, and never waits less than it was asked to", () => {
  const most = () => 1;
  const delays = [1, 2, 3, 20].map((attempt) => delayBefore(attempt, undefined, defaultRetryPolicy, most));
  assert.deepEqual(delays, [200, 400, 800, 10_000]);
  assert.equal(
    delayBefore(3, undefined, defaultRetryPolicy, () => 0),
    0,
  );
  assert.ok(delayBefore(1, 3000, defaultRetryPolicy, () => 0) >= 3000);
});

const realms: readonly (readonly [string, string, boolean])[] = [
  ["https://registry-1.docker.io", "https://auth.docker.io/token", true],
  ["https://ghcr.io", "https://ghcr.io/token", true],
  ["https://registry.gitlab.com", "https://gitlab.com/jwt/auth", true],
  ["https://a.example.com", "https://b.example.org/token", false],
  ["https://shop.co.uk", "https://evil.co.uk/token", false],
  ["https://r.shop.co.uk", "https://auth.shop.co.uk/token", true],
  ["http://10.0.0.1:5000", "http://10.0.0.2:5001/token", false],
  ["http://10.0.0.1:5000", "http://10.0.0.1:5001/token", true],
  ["http://registry:5000", "http://auth:5001/token", false],
  ["https://evil-docker.io", "https://auth.docker.io/token", false],
];
for (const [registry, realm, expected] of realms) {
  test(`isTrustedRealm() ${expected ? "trusts" : "does not trust"} ${realm} of ${registry}`, () => {
    assert.equal(isTrustedRealm(new URL(registry), new URL(realm), []), expected);
  });
}

for (const [host, expected] of [
  ["localhost", true],
  ["localhost:5000", true],
  ["127.0.0.1:5000", true],
  ["127.1.2.3", true],
  ["[::1]:5000", true],
  ["127.0.0.1.example.com", false],
  ["10.0.0.1", false],
] as const) {
  test(`isLoopback() says ${expected} of ${host}`, () => assert.equal(isLoopback(host), expected));
}

test("openRegistryClient() refuses what is no host", () => {
  for (const host of ["", "https://a", "a/b", "a b", "user@a", "127.0.0.1:99999"]) {
    assert.throws(() => openRegistryClient(host), { code: "NAME_INVALID" });
  }
});
