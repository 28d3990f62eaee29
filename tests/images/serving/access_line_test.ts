import assert from "node:assert/strict";
import { test } from "node:test";
import { formatAccessJson, formatAccessText, toLoggedUrl } from "../../../src/images/serving/access_line.ts";
import { servedAs } from "./served_specimen.ts";

test("formatAccessText() writes the combined format, with bytes received and milliseconds behind", () => {
  assert.equal(
    formatAccessText(servedAs()),
    '10.0.0.7 - - [06/Nov/2026:07:08:09 +0000] "GET /v2/ HTTP/1.1" 200 2 "-" "-" 0 1',
  );
  const push = { method: "PUT", url: "/v2/n/manifests/v1", status: 201, sentBytes: 0, receivedBytes: 523 };
  assert.equal(
    formatAccessText(servedAs({ ...push, user: "alice", userAgent: "docker/20.10", durationMs: 12.6 })),
    '10.0.0.7 - alice [06/Nov/2026:07:08:09 +0000] "PUT /v2/n/manifests/v1 HTTP/1.1" 201 0 "-" "docker/20.10" 523 13',
  );
});

test("formatAccessText() escapes whatever could end a field or a line", () => {
  const facts = { user: 'a b"\n', userAgent: 'x"\\\r\n\u001b[31m\u00e9\u2028', url: '/v2/a\u0007"b' };
  assert.equal(
    formatAccessText(servedAs(facts)),
    '10.0.0.7 - a\\x20b\\x22\\x0a [06/Nov/2026:07:08:09 +0000] "GET /v2/a\\x07\\x22b HTTP/1.1" 200 2 "-" ' +
      '"x\\x22\\x5c\\x0d\\x0a\\x1b[31m\\xe9\\u2028" 0 1',
  );
});

test("formatAccessJson() writes one line that reads back, with its unknown fields left out", () => {
  const line = formatAccessJson(servedAs({ userAgent: 'x"\n\u001b', user: "alice" }));
  assert.ok(!line.includes("\n") && !line.includes("\u001b"));
  assert.deepEqual(JSON.parse(line), {
    ...{ time: "2026-11-06T07:08:09.000Z", client: "10.0.0.7", user: "alice", method: "GET", path: "/v2/" },
    ...{ kind: "ping", status: 200, outcome: "sent", sentBytes: 2, receivedBytes: 0, ms: 1, userAgent: 'x"\n\u001b' },
  });
});

for (const [url, logged] of [
  ["/v2/n/tags/list?n=5&last=v1", "/v2/n/tags/list?n=5&last=v1"],
  ["/v2/n/blobs/uploads/x?_state=secret&digest=sha256:0", "/v2/n/blobs/uploads/x?digest=sha256:0"],
  ["/v2/?access_token=secret", "/v2/"],
  ["/v2/?%61ccess_token=secret?n=1", "/v2/"],
  ["/v2/?", "/v2/"],
] as const) {
  test(`toLoggedUrl() makes ${logged} of ${url}`, () => assert.equal(toLoggedUrl(url), logged));
}
