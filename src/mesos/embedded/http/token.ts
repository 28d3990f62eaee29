import { Buffer } from "node:buffer";
import { createHmac, timingSafeEqual } from "node:crypto";

/** Whom a token was made for: framework, executor and container. */
export interface TokenClaims {
  fid: string;
  eid: string;
  cid: string;
}

/** What an `Authorization` header proves: nothing asked, whose token it is, or the challenge that answers it. */
export type Authentication =
  | { kind: "anonymous" }
  | { kind: "known"; claims: Record<string, unknown> }
  | { kind: "unknown"; challenge: string };

const realm = "Bearer realm='mesos-agent-executor'";
const header = encode({ alg: "HS256", typ: "JWT" });

/** A JSON web token (HS256) as agents give to executors in MESOS_EXECUTOR_AUTHENTICATION_TOKEN (contract A.2). */
export function signToken(claims: TokenClaims, secret: Uint8Array): string {
  const signed = `${header}.${encode(claims)}`;
  return `${signed}.${sign(signed, secret)}`;
}

/** Checks an `Authorization` header; the challenges follow RFC 6750 §3 with the agent's quotes. */
export function authenticate(authorization: string | undefined, secret: Uint8Array): Authentication {
  if (authorization === undefined) return { kind: "unknown", challenge: realm };
  const parts = authorization.split(" ");
  if (parts.length !== 2) return invalid("Malformed 'Authorization' header");
  const [scheme, token = ""] = parts;
  if (scheme !== "Bearer") return invalid(`Scheme '${scheme}' unsupported`);
  const claims = readToken(token, secret);
  return claims === undefined ? invalid("Invalid JWT") : { kind: "known", claims };
}

/** What is wrong with the claims for a call of this executor in the agent's words, or undefined (contract A.4 row 13). */
export function findClaimFault(claims: Record<string, unknown>, expected: TokenClaims): string | undefined {
  const principal = `Authenticated principal '${JSON.stringify(claims)}' does not contain`;
  if (claims.fid !== expected.fid) {
    return `${principal} an 'fid' claim with the framework ID ${expected.fid}, which is set in the call`;
  }
  if (claims.eid !== expected.eid) {
    return `${principal} an 'eid' claim with the executor ID ${expected.eid}, which is set in the call`;
  }
  if (claims.cid !== expected.cid) return `${principal} a 'cid' claim with the correct active ContainerID`;
  return undefined;
}

function readToken(token: string, secret: Uint8Array): Record<string, unknown> | undefined {
  const [head, payload, signature, ...rest] = token.split(".");
  if (head !== header || payload === undefined || signature === undefined || rest.length > 0) return undefined;
  const expected = Buffer.from(sign(`${head}.${payload}`, secret));
  const given = Buffer.from(signature);
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) return undefined;
  // The signature says that the payload is our own text, so it parses.
  return JSON.parse(Buffer.from(payload, "base64url").toString());
}

function sign(text: string, secret: Uint8Array): string {
  return createHmac("sha256", secret).update(text).digest("base64url");
}

function encode(value: object): string {
  return Buffer.from(JSON.stringify(value)).toString("base64url");
}

function invalid(description: string): Authentication {
  const challenge = `${realm}, error='invalid_token', error_description='${description}'`;
  return { kind: "unknown", challenge };
}
