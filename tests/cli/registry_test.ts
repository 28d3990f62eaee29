import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { parseCommandLine } from "../../src/cli/command_line.ts";
import { parsePlatformFlag } from "../../src/cli/platform_flag.ts";
import { parseAllowed, parseListen } from "../../src/cli/registry.ts";
import { UsageError } from "../../src/cli/usage_error.ts";
import { silentLog } from "../../src/runtime/log.ts";
import { openFixture } from "../fakes/own_runtime.ts";

const addresses: readonly (readonly [string, string, number])[] = [
  ["5000", "127.0.0.1", 5000],
  ["0.0.0.0:80", "0.0.0.0", 80],
  ["registry.local:0", "registry.local", 0],
  ["[::1]:65535", "::1", 65_535],
];
for (const [text, hostname, port] of addresses) {
  test(`parseListen() reads ${text}`, () => assert.deepEqual(parseListen(text), { hostname, port }));
}

for (const text of ["", "host", "host:", ":5000", "65536", "::1:5000", "a b:1", "http://a:1"]) {
  test(`parseListen() refuses ${JSON.stringify(text)}`, () => {
    assert.throws(() => parseListen(text), /Expected \[HOST:\]PORT/);
  });
}

test("parsePlatformFlag() reads a platform, and refuses what is none in words for the command line", () => {
  assert.deepEqual(parsePlatformFlag("linux/arm64"), { os: "linux", architecture: "arm64" });
  assert.throws(() => parsePlatformFlag("linux"), /^InvalidArgumentError: Expected os\/architecture/);
});

const thisFile = fileURLToPath(import.meta.url);
const context = { variables: {}, log: silentLog };
const unusable: readonly (readonly string[])[] = [
  [],
  ["--store", "/tmp/x", "--memory"],
  ["--memory", "--tls-cert", "/tmp/x"],
  ["--memory", "--tls-key", "/tmp/x"],
  ["--memory", "--tls-cert", "/nowhere/cert", "--tls-key", "/nowhere/key"],
  ["--memory", "--tls-cert", thisFile, "--tls-key", thisFile],
  ["--memory", "--default-upstream", "docker.io"],
  ["--memory", "--upstream", "docker.io", "--cache-size", "1g", "--pin", "library/redis:7"],
];
test("registry serve tells which of its files holds no certificate, and which no key", async () => {
  await using folder = await openFixture();
  const text = await folder.write("text", "text");
  const cert = await folder.write("cert", "-----BEGIN CERTIFICATE-----");
  for (const [tlsCert, tlsKey, message] of [
    [text, text, `Cannot use "--tls-cert ${text}": found no certificate in PEM`],
    [cert, cert, `Cannot use "--tls-key ${cert}": found no private key in PEM`],
  ] as const) {
    const words = ["registry", "serve", "--memory", "--tls-cert", tlsCert, "--tls-key", tlsKey];
    await assert.rejects(parseCommandLine(words, { variables: {}, log: silentLog }), { name: "UsageError", message });
  }
});

for (const flags of unusable) {
  test(`registry serve refuses ${JSON.stringify(flags.join(" "))} as wrong usage`, async () => {
    await assert.rejects(parseCommandLine(["registry", "serve", ...flags], context), UsageError);
  });
}

test("parseAllowed() reads names of repositories, with a slash at their end as well, and refuses what is none", () => {
  assert.equal(parseAllowed("team/app/"), "team/app");
  for (const text of ["", "/", "A B", "team//app"]) {
    assert.throws(() => parseAllowed(text), /^InvalidArgumentError: It is no name of repositories: found /);
  }
});
