import assert from "node:assert/strict";
import { test } from "node:test";
import { readProxies } from "../../src/images/proxies.ts";

const proxy = "http://proxy.lab:3128";

const exemptions: readonly (readonly [noProxy: string, url: string, proxied: boolean])[] = [
  ["", "https://registry.example/v2/", true],
  ["example.com", "https://registry.example/v2/", true],
  ["example.com", "https://example.com/", false],
  ["example.com", "https://r.example.com/", false],
  ["example.com", "https://notexample.com/", true],
  ["EXAMPLE.com , other.lab", "https://other.lab/", false],
  [".example.com", "https://r.example.com/", false],
  [".example.com", "https://example.com/", true],
  ["*.example.com", "https://a.b.example.com/", false],
  ["*.example.com", "https://example.com/", true],
  ["*", "https://registry.example/", false],
  ["example.com:5000", "https://example.com:5000/", false],
  ["example.com:5000", "https://example.com/", true],
  ["example.com:443", "https://example.com/", false],
  ["example.com:80", "http://example.com/", false],
  ["10.1.2.3", "https://10.1.2.3:5000/", false],
  ["10.1.2.3:5001", "https://10.1.2.3:5000/", true],
  ["2.3", "https://10.1.2.3/", true],
  ["10.0.0.0/8", "https://10.1.2.3/", false],
  ["10.0.0.0/8", "https://11.1.2.3/", true],
  ["10.0.0.0/8", "https://ten.lab/", true],
  ["10.0.0.0/33", "https://10.1.2.3/", true],
  ["fd00::/8", "https://[fd12::1]:5000/", false],
  ["fd00::/8", "https://[fe80::1]/", true],
  ["fd12::1", "https://[fd12::1]/", false],
  ["[fd12::1]:5000", "https://[fd12::1]:5000/", false],
  ["[fd12::1]:5000", "https://[fd12::1]/", true],
  ["", "https://localhost:5000/", false],
  ["", "http://127.0.0.1:5000/", false],
  ["", "http://127.9.9.9/", false],
  ["", "https://[::1]:5000/", false],
  ["", "http://127.0.0.1.example.com/", true],
];
for (const [noProxy, url, proxied] of exemptions) {
  test(`readProxies() ${proxied ? "finds a proxy" : "finds none"} for ${url} with NO_PROXY "${noProxy}" (J 70)`, () => {
    const proxyFor = readProxies({ HTTP_PROXY: proxy, HTTPS_PROXY: proxy, NO_PROXY: noProxy });
    assert.equal(proxyFor(new URL(url))?.origin, proxied ? proxy : undefined);
  });
}

test("readProxies() reads each variable in capitals first, then in small letters (J 70)", () => {
  const https = new URL("https://a.lab/");
  const http = new URL("http://a.lab/");
  const both = readProxies({
    HTTPS_PROXY: "http://big:1",
    https_proxy: "http://small:1",
    http_proxy: "http://small:2",
  });
  assert.equal(both(https)?.host, "big:1");
  assert.equal(both(http)?.host, "small:2");
  assert.equal(readProxies({ https_proxy: proxy, no_proxy: "a.lab" })(https), undefined);
  assert.equal(readProxies({ HTTP_PROXY: proxy })(https), undefined, "each scheme has its own");
  assert.equal(readProxies({ HTTPS_PROXY: "" })(https), undefined);
});

test("readProxies() takes a proxy without a scheme for one of plain HTTP, and keeps its credentials (J 70)", () => {
  const found = readProxies({ HTTPS_PROXY: "me:s%40crt@proxy.lab:3128" })(new URL("https://a.lab/"));
  assert.equal(found?.href, "http://me:s%40crt@proxy.lab:3128/");
});

for (const [text, found] of [
  ["socks5://proxy:1080", /of scheme "socks5:"/],
  ["http://", /it is no URL/],
  ["http://me:s3cret@a b", /it is no URL/],
] as const) {
  test(`readProxies() refuses ${text} where it is needed, and only there (J 70)`, () => {
    const proxyFor = readProxies({ HTTPS_PROXY: text });
    assert.equal(proxyFor(new URL("https://localhost/")), undefined);
    assert.throws(
      () => proxyFor(new URL("https://a.lab/")),
      (error: Error) => found.test(error.message) && /HTTPS_PROXY/.test(error.message) && !/s3cret/.test(error.message),
    );
  });
}
