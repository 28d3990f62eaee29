import assert from "node:assert/strict";
import { test } from "node:test";
import { judgeName, judgePath, judgeTree } from "../../../src/executor/policy/access.ts";
import type { AccessRule } from "../../../src/executor/policy/policy.ts";

const nested: AccessRule = { allow: ["/data", "/data/secret/public"], deny: ["/data/secret"] };

const paths: [rule: AccessRule, path: string, ofPath: string, ofTree: string][] = [
  [{ deny: [] }, "/etc", "allow", "allow"],
  [{ allow: [], deny: [] }, "/etc", "deny", "deny"],
  [{ allow: ["/data"], deny: [] }, "/data", "allow", "allow"],
  [{ allow: ["/data"], deny: [] }, "/data/a/b", "allow", "allow"],
  [{ allow: ["/data"], deny: [] }, "/database", "deny", "deny"],
  [{ allow: ["/data"], deny: [] }, "/", "deny", "deny"],
  [{ allow: ["/"], deny: [] }, "/etc", "allow", "allow"],
  [{ allow: ["/"], deny: [] }, "/", "allow", "allow"],
  [{ deny: ["/etc"] }, "/etc/ssl", "deny", "deny"],
  [{ deny: ["/etc"] }, "/etcetera", "allow", "allow"],
  [{ deny: ["/etc"] }, "/", "allow", "deny"],
  [{ deny: ["/"] }, "/etc", "deny", "deny"],
  [{ allow: ["/data"], deny: ["/data"] }, "/data/a", "deny", "deny"],
  [nested, "/data/a", "allow", "allow"],
  [nested, "/data", "allow", "deny"],
  [nested, "/data/secret", "deny", "deny"],
  [nested, "/data/secret/other", "deny", "deny"],
  [nested, "/data/secret/public", "allow", "allow"],
  [nested, "/data/secrets", "allow", "allow"],
];

for (const [rule, path, ofPath, ofTree] of paths) {
  test(`judgePath() and judgeTree() say ${ofPath} and ${ofTree} of ${path} by ${JSON.stringify(rule)}`, () => {
    assert.equal(judgePath(rule, path), ofPath);
    assert.equal(judgeTree(rule, path), ofTree);
  });
}

const names: [rule: AccessRule, name: string, verdict: string][] = [
  [{ deny: [] }, "runc", "allow"],
  [{ deny: ["kata"] }, "runc", "allow"],
  [{ deny: ["kata"] }, "kata", "deny"],
  [{ deny: ["kata"] }, "kata2", "allow"],
  [{ allow: ["runc"], deny: [] }, "runc", "allow"],
  [{ allow: ["runc"], deny: [] }, "kata", "deny"],
  [{ allow: ["runc"], deny: ["runc"] }, "runc", "deny"],
];

for (const [rule, name, verdict] of names) {
  test(`judgeName() says ${verdict} of ${name} by ${JSON.stringify(rule)}`, () => {
    assert.equal(judgeName(rule, name), verdict);
  });
}
