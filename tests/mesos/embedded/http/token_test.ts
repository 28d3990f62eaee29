import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { test } from "node:test";
import { authenticate, findClaimFault, signToken } from "../../../../src/mesos/embedded/http/token.ts";

const secret = Buffer.from("a secret of this agent");
const claims = { fid: "fw", eid: "ex", cid: "c-1" };

test("signToken() writes a JSON web token that authenticate() knows", () => {
  const token = signToken(claims, secret);
  const [head, payload] = token.split(".").map((part) => Buffer.from(part, "base64url").toString());
  assert.deepEqual(JSON.parse(head!), { alg: "HS256", typ: "JWT" });
  assert.deepEqual(JSON.parse(payload!), claims);
  assert.deepEqual(authenticate(`Bearer ${token}`, secret), { kind: "known", claims });
});

test("authenticate() challenges everything else", () => {
  const token = signToken(claims, secret);
  const [head, payload, signature] = token.split(".");
  const forged = Buffer.from(JSON.stringify({ ...claims, eid: "other" })).toString("base64url");
  const none = Buffer.from(JSON.stringify({ alg: "none" })).toString("base64url");
  const challengeOf = (authorization?: string) => {
    const result = authenticate(authorization, secret);
    assert.equal(result.kind, "unknown", `${authorization}`);
    return result.kind === "unknown" ? result.challenge : "";
  };
  assert.equal(challengeOf(), "Bearer realm='mesos-agent-executor'");
  assert.match(challengeOf("Bearer"), /Malformed/);
  assert.match(challengeOf(`Bearer ${token} x`), /Malformed/);
  assert.match(challengeOf(`Basic ${token}`), /Scheme 'Basic' unsupported/);
  for (const bad of [`${head}.${forged}.${signature}`, `${none}.${payload}.`, `${token}.x`, "x", `${token}=`]) {
    assert.match(challengeOf(`Bearer ${bad}`), /Invalid JWT/);
  }
  assert.match(challengeOf(`Bearer ${signToken(claims, Buffer.from("another secret"))}`), /Invalid JWT/);
});

test("findClaimFault() names the first claim that does not fit", () => {
  assert.equal(findClaimFault(claims, claims), undefined);
  assert.match(findClaimFault(claims, { ...claims, fid: "x" }) ?? "", /'fid' claim with the framework ID x/);
  assert.match(findClaimFault(claims, { ...claims, eid: "x" }) ?? "", /'eid' claim with the executor ID x/);
  assert.match(findClaimFault(claims, { ...claims, cid: "x" }) ?? "", /'cid' claim with the correct active/);
  assert.match(findClaimFault({}, claims) ?? "", /'fid'/);
});
