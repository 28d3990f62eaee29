import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { test } from "node:test";
import type { RegistryAuth } from "../../src/docker/mod.ts";
import { CredentialsError } from "../../src/images/credentials/credentials_error.ts";
import { findHelper, findRegistryAuth, parseDockerConfig } from "../../src/images/credentials/docker_config.ts";
import { toRegistryPlace, toServerAddress } from "../../src/images/credentials/registry_place.ts";

const base64 = (text: string) => Buffer.from(text).toString("base64");
const hubAddress = "https://index.docker.io/v1/";

function find(document: unknown, image: string): RegistryAuth | undefined {
  return findRegistryAuth(parseDockerConfig(JSON.stringify(document), "config.json"), image);
}

/** Credentials whose password tells which entry they are of. */
function named(...servers: string[]): object {
  return { auths: Object.fromEntries(servers.map((server) => [server, { auth: base64(`me:${server}`) }])) };
}

function foundServer(document: unknown, image: string): string | undefined {
  const auth = find(document, image);
  return auth?.kind === "password" ? auth.password : undefined;
}

const entries: { title: string; entry: unknown; auth: RegistryAuth | undefined }[] = [
  {
    title: "a user and a password that holds colons",
    entry: { auth: base64("me:a:b:"), email: "me@example.com" },
    auth: { kind: "password", username: "me", password: "a:b:", serverAddress: "reg.example" },
  },
  {
    title: "base64 broken into lines and without padding",
    entry: { auth: `${base64("me:pass").slice(0, 4)}\n${base64("me:pass").slice(4).replaceAll("=", "")}\n` },
    auth: { kind: "password", username: "me", password: "pass", serverAddress: "reg.example" },
  },
  {
    title: "a password padded with zero bytes",
    entry: { auth: base64("me:pass\0\0") },
    auth: { kind: "password", username: "me", password: "pass", serverAddress: "reg.example" },
  },
  {
    title: "an empty password",
    entry: { auth: base64("me:") },
    auth: { kind: "password", username: "me", password: "", serverAddress: "reg.example" },
  },
  {
    title: "a password beyond ASCII",
    entry: { auth: base64("me:pä☃") },
    auth: { kind: "password", username: "me", password: "pä☃", serverAddress: "reg.example" },
  },
  {
    title: "username and password apart",
    entry: { username: "me", password: "pass" },
    auth: { kind: "password", username: "me", password: "pass", serverAddress: "reg.example" },
  },
  {
    title: "auth before username and password",
    entry: { auth: base64("me:pass"), username: "other", password: "other" },
    auth: { kind: "password", username: "me", password: "pass", serverAddress: "reg.example" },
  },
  {
    title: "an identity token before the user that stands for it",
    entry: { auth: base64("00000000-0000-0000-0000-000000000000:"), identitytoken: "refresh" },
    auth: { kind: "identity", token: "refresh", serverAddress: "reg.example" },
  },
  {
    title: "a registry token before all else",
    entry: { auth: base64("me:pass"), identitytoken: "refresh", registrytoken: "bearer" },
    auth: { kind: "bearer", token: "bearer" },
  },
  { title: "nothing, where a store has them", entry: {}, auth: undefined },
  { title: "nothing, where the entry is null", entry: null, auth: undefined },
  { title: "nothing, where the user has no password", entry: { username: "me" }, auth: undefined },
  { title: "nothing, where auth is empty", entry: { auth: "" }, auth: undefined },
];

for (const { title, entry, auth } of entries) {
  test(`findRegistryAuth() finds ${title}`, () => {
    assert.deepEqual(find({ auths: { "reg.example": entry } }, "reg.example/a/b:1"), auth);
  });
}

const matches: { image: string; servers: string[]; found: string | undefined }[] = [
  // Docker Hub by all of its names; the one that Docker writes is the most exact.
  { image: "busybox", servers: [hubAddress], found: hubAddress },
  { image: "busybox:1.36", servers: ["index.docker.io"], found: "index.docker.io" },
  { image: "a/b", servers: ["docker.io"], found: "docker.io" },
  { image: "a/b", servers: ["https://docker.io/v2/"], found: "https://docker.io/v2/" },
  { image: "docker.io/a/b", servers: ["registry-1.docker.io"], found: "registry-1.docker.io" },
  { image: "index.docker.io/a/b", servers: [hubAddress], found: hubAddress },
  { image: "busybox", servers: ["https://docker.io", "docker.io", hubAddress], found: hubAddress },
  { image: "busybox", servers: ["https://docker.io", "docker.io"], found: "docker.io" },
  { image: "busybox", servers: ["reg.example"], found: undefined },
  { image: "busybox", servers: ["docker.io/library"], found: "docker.io/library" },
  { image: "a/b", servers: ["docker.io/library"], found: undefined },
  // Hosts and ports.
  { image: "reg.example/a", servers: ["reg.example"], found: "reg.example" },
  { image: "reg.example/a@sha256:00", servers: ["https://reg.example/v1/"], found: "https://reg.example/v1/" },
  { image: "reg.example/a", servers: ["http://reg.example/v2"], found: "http://reg.example/v2" },
  { image: "reg.example/a", servers: ["https://reg.example", "reg.example"], found: "reg.example" },
  { image: "REG.example/a", servers: ["Reg.Example/"], found: "Reg.Example/" },
  { image: "reg.example:5000/a:1", servers: ["reg.example", "reg.example:5001"], found: undefined },
  { image: "reg.example:5000/a:1", servers: ["reg.example", "reg.example:5000"], found: "reg.example:5000" },
  { image: "reg.example/a", servers: ["reg.example:5000", "example", "g.example"], found: undefined },
  { image: "localhost/a", servers: ["docker.io", "localhost"], found: "localhost" },
  { image: "[::1]:5000/a", servers: ["[::1]:5000"], found: "[::1]:5000" },
  // Several accounts on one host.
  { image: "quay.io/org/app:1", servers: ["quay.io", "quay.io/org", "quay.io/other"], found: "quay.io/org" },
  { image: "quay.io/org/app:1", servers: ["https://quay.io/org/app", "quay.io/org"], found: "https://quay.io/org/app" },
  { image: "quay.io/organ/app", servers: ["quay.io/org"], found: undefined },
  { image: "quay.io/org", servers: ["quay.io/org/app"], found: undefined },
  { image: "quay.io/org/app", servers: ["quay.io/other", "quay.io"], found: "quay.io" },
];

for (const { image, servers, found } of matches) {
  test(`findRegistryAuth() takes ${found ?? "nothing"} for ${image} from ${servers.join(" and ")}`, () => {
    assert.equal(foundServer(named(...servers), image), found);
  });
}

test("findRegistryAuth() calls Docker Hub as Docker does, and other registries by their host", () => {
  assert.equal((find(named("docker.io"), "busybox") as { serverAddress: string }).serverAddress, hubAddress);
  const auth = find(named("https://reg.example:5000/v1/"), "reg.example:5000/a");
  assert.equal((auth as { serverAddress: string }).serverAddress, "reg.example:5000");
});

test("parseDockerConfig() reads the flat form of .dockercfg, with settings beside the servers", () => {
  const document = {
    HttpHeaders: { A: "b" },
    psFormat: "table",
    "reg.example": { auth: base64("me:pass"), email: "" },
  };
  assert.deepEqual(find(document, "reg.example/a"), {
    kind: "password",
    username: "me",
    password: "pass",
    serverAddress: "reg.example",
  });
});

test("parseDockerConfig() takes no setting beside auths for a server", () => {
  assert.equal(find({ auths: {}, "reg.example": { auth: base64("me:pass") } }, "reg.example/a"), undefined);
});

test("findHelper() prefers a server's own helper to the store", () => {
  const document = { credsStore: "all", credHelpers: { "https://reg.example": "one", "": "none" } };
  const config = parseDockerConfig(JSON.stringify(document), "config.json");
  assert.equal(findHelper(config, toRegistryPlace("reg.example/a")), "one");
  assert.equal(findHelper(config, toRegistryPlace("busybox")), "all");
  const silent = parseDockerConfig(JSON.stringify({ credHelpers: { "docker.io": "" } }), "config.json");
  assert.equal(findHelper(silent, toRegistryPlace("busybox")), undefined);
});

test("toServerAddress() keeps a port", () => {
  assert.equal(toServerAddress(toRegistryPlace("reg.example:5000/a")), "reg.example:5000");
});

const secret = "hunter2";
const broken: { text: string; found: string }[] = [
  { text: `{"auths": ${secret}`, found: "it is not JSON" },
  { text: "", found: "it is not JSON" },
  { text: `["${secret}"]`, found: "it is not a JSON object" },
  { text: "null", found: "it is not a JSON object" },
  { text: `{"auths": "${secret}"}`, found: '"auths" is not a JSON object' },
  { text: `{"auths": {"a.b": {}, "c.d": "${secret}"}}`, found: "entry 2 is not a JSON object" },
  { text: `{"auths": {"a.b": {"auth": ["${secret}"]}}}`, found: '"auth" of entry 1 is not a text' },
  { text: `{"auths": {"a.b": {"identitytoken": 1}}}`, found: '"identitytoken" of entry 1 is not a text' },
  {
    text: `{"auths": {"${secret}": {"auth": "${secret}!"}}}`,
    found: '"auth" of entry 1 is not base64 of a user, a colon and a password',
  },
  {
    text: JSON.stringify({ "a.b": { auth: base64(secret) } }),
    found: '"auth" of entry 1 is not base64 of a user, a colon and a password',
  },
  {
    text: JSON.stringify({ "a.b": { auth: base64(`:${secret}`) } }),
    found: '"auth" of entry 1 is not base64 of a user, a colon and a password',
  },
  {
    text: `{"auths": {"a.b": {"auth": "//86cA=="}}}`,
    found: '"auth" of entry 1 is not base64 of a user, a colon and a password',
  },
  { text: `{"credsStore": {"a": "${secret}"}}`, found: '"credsStore" of it is not a text' },
  { text: `{"credHelpers": {"a.b": 1}}`, found: 'entry 1 of "credHelpers" is not a text' },
  { text: `{"credHelpers": []}`, found: '"credHelpers" is not a JSON object' },
];

for (const { text, found } of broken) {
  test(`parseDockerConfig() refuses ${text || "an empty file"} and tells nothing of its content`, () => {
    assert.throws(
      () => parseDockerConfig(text, ".dockercfg"),
      (error) => {
        assert.ok(error instanceof CredentialsError);
        assert.equal(error.code, "invalid");
        assert.equal(error.message, `Cannot use ".dockercfg": ${found}`);
        assert.equal(error.cause, undefined);
        return true;
      },
    );
  });
}
