import assert from "node:assert/strict";
import { test } from "node:test";
import { judgeImage, toFullReference, toImagePrefix } from "../../../src/executor/policy/image_prefix.ts";
import type { AccessRule } from "../../../src/executor/policy/policy.ts";

const references: [image: string, full: string | undefined][] = [
  ["busybox", "docker.io/library/busybox"],
  ["busybox:1.36", "docker.io/library/busybox:1.36"],
  ["busybox@sha256:00", "docker.io/library/busybox@sha256:00"],
  ["bitnami/redis", "docker.io/bitnami/redis"],
  ["docker.io/busybox", "docker.io/library/busybox"],
  ["index.docker.io/bitnami/redis", "docker.io/bitnami/redis"],
  ["registry-1.docker.io/library/redis:7", "docker.io/library/redis:7"],
  ["localhost/app", "localhost/app"],
  ["localhost:5000/app", "localhost:5000/app"],
  ["registry.local/team/app:1", "registry.local/team/app:1"],
  ["Registry.Local/app", "registry.local/app"],
  ["registry.local:443/app", "registry.local/app"],
  ["registry.local:5000/app", "registry.local:5000/app"],
  ["4ab4c602aa5e", undefined],
  ["cafe", undefined],
  ["sha256:4ab4c602aa5e", undefined],
  ["library/cafe", "docker.io/library/cafe"],
];

for (const [image, full] of references) {
  test(`toFullReference() makes ${full ?? "nothing"} of ${image}`, () => {
    assert.equal(toFullReference(image), full);
  });
}

const prefixes: [entry: string, prefix: string | undefined][] = [
  ["docker.io/", "docker.io/"],
  ["docker.io/library/", "docker.io/library/"],
  ["docker.io/library/redis", "docker.io/library/redis"],
  ["Registry.Local:443/app", "registry.local/app"],
  ["index.docker.io/bitnami/", "docker.io/bitnami/"],
  ["docker.io/redis", undefined],
  ["docker.io", undefined],
  ["redis", undefined],
  ["redis:7", undefined],
  ["bitnami/redis", undefined],
  ["", undefined],
];

for (const [entry, prefix] of prefixes) {
  test(`toImagePrefix() makes ${prefix ?? "nothing"} of "${entry}"`, () => {
    assert.equal(toImagePrefix(entry), prefix);
  });
}

const verdicts: [rule: AccessRule, reference: string, verdict: string][] = [
  [{ allow: ["docker.io/library/"], deny: [] }, "docker.io/library/redis", "allow"],
  [{ allow: ["docker.io/library/"], deny: [] }, "docker.io/libraryx/redis", "deny"],
  [{ allow: ["registry.local/"], deny: [] }, "registry.local:5000/app", "deny"],
  [{ allow: ["registry.local/"], deny: [] }, "registry.local.example/app", "deny"],
  [{ allow: ["registry.local/app"], deny: [] }, "registry.local/app", "allow"],
  [{ allow: ["registry.local/app"], deny: [] }, "registry.local/app:2", "allow"],
  [{ allow: ["registry.local/app"], deny: [] }, "registry.local/app@sha256:00", "allow"],
  [{ allow: ["registry.local/app"], deny: [] }, "registry.local/app/part", "allow"],
  [{ allow: ["registry.local/app"], deny: [] }, "registry.local/apple", "deny"],
  [{ allow: ["registry.local/app:1.0"], deny: [] }, "registry.local/app:1.0", "allow"],
  [{ allow: ["registry.local/app:1.0"], deny: [] }, "registry.local/app:1.01", "deny"],
  [{ deny: ["docker.io/"] }, "docker.io/library/redis", "deny"],
  [{ deny: ["docker.io/"] }, "registry.local/redis", "allow"],
  [{ allow: ["docker.io/library/redis"], deny: ["docker.io/"] }, "docker.io/library/redis:7", "allow"],
  [{ allow: ["docker.io/"], deny: ["docker.io/library/redis"] }, "docker.io/library/redis:7", "deny"],
];

for (const [rule, reference, verdict] of verdicts) {
  test(`judgeImage() says ${verdict} of ${reference} by ${JSON.stringify(rule)}`, () => {
    assert.equal(judgeImage(rule, reference), verdict);
  });
}
