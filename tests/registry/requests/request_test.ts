import assert from "node:assert/strict";
import { test } from "node:test";
import { isRegistryError, type RegistryErrorCode } from "../../../registry/registry_error.ts";
import { formatRequest } from "../../../registry/requests/format_request.ts";
import { parseRequest } from "../../../registry/requests/parse_request.ts";
import type { RegistryRequest } from "../../../registry/requests/request.ts";
import { digestOf } from "../../../registry/values/digest.ts";

const digest = digestOf(new Uint8Array());
const long = digestOf(new Uint8Array(), "sha512");
const repository = "team/app";

/** Requests and their one spelling. */
const spellings: readonly (readonly [string, string, RegistryRequest])[] = [
  ["GET", "/v2/", { kind: "ping" }],
  ["GET", `/v2/team/app/blobs/${digest}`, { kind: "blob_get", repository, digest }],
  ["HEAD", `/v2/team/app/blobs/${long}`, { kind: "blob_head", repository, digest: long }],
  ["DELETE", `/v2/team/app/blobs/${digest}`, { kind: "blob_delete", repository, digest }],
  ["POST", "/v2/team/app/blobs/uploads/", { kind: "upload_start", repository }],
  [
    "POST",
    "/v2/team/app/blobs/uploads/?digest-algorithm=sha512",
    { kind: "upload_start", repository, algorithm: "sha512" },
  ],
  ["POST", `/v2/team/app/blobs/uploads/?digest=${digest}`, { kind: "upload_blob", repository, digest }],
  [
    "POST",
    `/v2/team/app/blobs/uploads/?mount=${digest}&from=a%2Fb`,
    { kind: "mount", repository, digest, from: "a/b" },
  ],
  ["POST", `/v2/team/app/blobs/uploads/?mount=${digest}`, { kind: "mount", repository, digest }],
  ["PATCH", "/v2/team/app/blobs/uploads/u1", { kind: "upload_append", repository, upload: "u1" }],
  ["GET", "/v2/team/app/blobs/uploads/u%2F1", { kind: "upload_status", repository, upload: "u/1" }],
  ["DELETE", "/v2/team/app/blobs/uploads/u1", { kind: "upload_cancel", repository, upload: "u1" }],
  [
    "PUT",
    `/v2/team/app/blobs/uploads/u1?digest=${digest}`,
    { kind: "upload_commit", repository, upload: "u1", digest },
  ],
  ["GET", "/v2/team/app/manifests/v1", { kind: "manifest_get", repository, target: "v1" }],
  ["HEAD", `/v2/team/app/manifests/${digest}`, { kind: "manifest_head", repository, target: digest }],
  ["DELETE", "/v2/team/app/manifests/v1", { kind: "manifest_delete", repository, target: "v1" }],
  ["PUT", "/v2/team/app/manifests/v1", { kind: "manifest_put", repository, target: "v1" }],
  [
    "PUT",
    `/v2/team/app/manifests/${digest}?tag=a&tag=b`,
    { kind: "manifest_put", repository, target: digest, tags: ["a", "b"] },
  ],
  ["GET", "/v2/team/app/tags/list", { kind: "tags_list", repository }],
  ["GET", "/v2/team/app/tags/list?n=5&last=v1", { kind: "tags_list", repository, count: 5, after: "v1" }],
  ["GET", "/v2/team/app/tags/list?n=0", { kind: "tags_list", repository, count: 0 }],
  ["GET", "/v2/_catalog?n=5&last=a%2Fb", { kind: "repositories_list", count: 5, after: "a/b" }],
  ["GET", `/v2/team/app/referrers/${digest}`, { kind: "referrers_list", repository, digest }],
  [
    "GET",
    `/v2/team/app/referrers/${digest}?artifactType=a%2Fb%2Bc`,
    { kind: "referrers_list", repository, digest, artifactType: "a/b+c" },
  ],
  [
    "GET",
    "/v2/team/app/manifests/v1?ns=docker.io",
    { kind: "manifest_get", repository, target: "v1", namespace: "docker.io" },
  ],
  // Repositories that are named like parts of the API.
  ["GET", "/v2/manifests/manifests/v1", { kind: "manifest_get", repository: "manifests", target: "v1" }],
  ["GET", "/v2/a/blobs/uploads/tags/list", { kind: "tags_list", repository: "a/blobs/uploads" }],
  ["GET", "/v2/tags/list/tags/list", { kind: "tags_list", repository: "tags/list" }],
];
for (const [method, path, request] of spellings) {
  test(`parseRequest() reads ${method} ${path.replace(/[0-9a-f]{64,}/, "…")}, and formatRequest() spells it so`, () => {
    assert.deepEqual(parseRequest(method, path), request);
    assert.deepEqual(formatRequest(request), { method, path });
  });
}

/** Spellings that others use. */
const others: readonly (readonly [string, string, RegistryRequest["kind"]])[] = [
  ["GET", "/v2", "ping"],
  ["HEAD", "/v2/", "ping"],
  ["POST", "/v2/a/blobs/uploads", "upload_start"],
  ["GET", `/v2/a/blobs/${digest.replace(":", "%3A")}`, "blob_get"],
  ["GET", `/v2/a/blobs/uploads/u?digest=${digest}`, "upload_status"],
  ["GET", "/v2/a/manifests/.INVALID_MANIFEST_NAME", "manifest_get"],
  [
    "GET",
    "/v2/a/referrers/sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855?artifactType=",
    "referrers_list",
  ],
];
for (const [method, path, kind] of others) {
  test(`parseRequest() takes ${method} ${path.slice(0, 50)} as ${kind}`, () => {
    assert.equal(parseRequest(method, path).kind, kind);
  });
}

const refusals: readonly (readonly [string, string, RegistryErrorCode])[] = [
  ["GET", "/", "NAME_UNKNOWN"],
  ["GET", "/v1/_ping", "NAME_UNKNOWN"],
  ["GET", "/v2/a/unknown/x", "NAME_UNKNOWN"],
  ["GET", "/v2/a%2Fb/tags/list", "NAME_UNKNOWN"],
  ["GET", "/v2/tags/list", "NAME_INVALID"],
  ["GET", "/v2/A/tags/list", "NAME_INVALID"],
  ["GET", "/v2/../manifests/x", "NAME_INVALID"],
  ["GET", "/v2/a/%zz/tags/list", "NAME_INVALID"],
  ["GET", "/v2/a/manifests/sha256:totallywrong", "DIGEST_INVALID"],
  ["PUT", "/v2/a/manifests/sha256:baddigeststring", "DIGEST_INVALID"],
  ["GET", "/v2/a/blobs/latest", "DIGEST_INVALID"],
  ["PUT", "/v2/a/blobs/uploads/u", "DIGEST_INVALID"],
  ["PUT", "/v2/a/manifests/-bad", "TAG_INVALID"],
  ["PUT", `/v2/a/manifests/${digest}?tag=-bad`, "TAG_INVALID"],
  ["POST", "/v2/a/blobs/uploads/?digest-algorithm=md5", "DIGEST_INVALID"],
  ["POST", `/v2/a/blobs/uploads/?mount=${digest}&from=A`, "NAME_INVALID"],
  ["GET", "/v2/a/tags/list?n=-1", "PAGINATION_NUMBER_INVALID"],
  ["GET", "/v2/a/tags/list?n=many", "PAGINATION_NUMBER_INVALID"],
  ["POST", "/v2/", "UNSUPPORTED"],
  ["POST", "/v2/a/manifests/v1", "UNSUPPORTED"],
  ["PUT", `/v2/a/blobs/${digest}`, "UNSUPPORTED"],
  ["DELETE", "/v2/a/tags/list", "UNSUPPORTED"],
  ["GET", "/v2/a/blobs/uploads/", "UNSUPPORTED"],
  ["OPTIONS", "/v2/a/blobs/uploads/u", "UNSUPPORTED"],
  ["POST", `/v2/a/referrers/${digest}`, "UNSUPPORTED"],
  ["DELETE", "/v2/_catalog", "UNSUPPORTED"],
];
for (const [method, path, code] of refusals) {
  test(`parseRequest() answers ${code} to ${method} ${path.slice(0, 50)}`, () => {
    assert.throws(
      () => parseRequest(method, path),
      (error) => isRegistryError(error, code),
    );
  });
}

test("formatRequest() spells nothing that would be read as something else", () => {
  assert.throws(
    () => formatRequest({ kind: "manifest_get", repository: "a/../b", target: "x" }),
    /NAME|path component/,
  );
  assert.throws(() => formatRequest({ kind: "tags_list", repository: "a?n=1" }), /no part of the registry API/);
  assert.throws(() => formatRequest({ kind: "tags_list", repository, after: "" }), TypeError);
});
