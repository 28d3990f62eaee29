import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { test } from "node:test";
import { RequestSplitter } from "./request_splitter.ts";

const requests = [
  "GET /one HTTP/1.1\r\nHost: a\r\n\r\n",
  "POST /two HTTP/1.1\r\nContent-Length: 5\r\n\r\nhello",
  "POST /three HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nGET /\r\n3\r\n\r\nx\r\n0\r\nTrailer: x\r\n\r\n",
  "PUT /four HTTP/1.1\r\nContent-Length: 0\r\n\r\n",
  "POST /five HTTP/1.1\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\nGET /no HTTP/1.1\r\n\r\n",
].join("");

for (const pieceBytes of [1, 7, requests.length]) {
  test(`RequestSplitter finds every head and loses no byte, fed ${pieceBytes} at a time`, () => {
    const splitter = new RequestSplitter();
    const bytes = Buffer.from(requests);
    const parts = Array.from({ length: Math.ceil(bytes.length / pieceBytes) }, (_, index) =>
      splitter.push(bytes.subarray(index * pieceBytes, (index + 1) * pieceBytes)),
    ).flat();
    const heads = parts.flatMap((part) => (part.kind === "head" ? [part.request.path] : []));
    assert.deepEqual(heads, ["/one", "/two", "/three", "/four", "/five"]);
    assert.equal(Buffer.concat(parts.map((part) => part.bytes)).toString(), requests);
  });
}

test("RequestSplitter refuses a head without end", () => {
  assert.throws(() => new RequestSplitter().push(Buffer.alloc(70_000, "x")), /^Error: Cannot find the head/);
});

test("RequestSplitter passes on what wants TLS, so that a server without can say so", () => {
  const hello = Buffer.from("\x16\x03\x01", "latin1");
  assert.deepEqual(new RequestSplitter().push(hello), [{ kind: "rest", bytes: hello }]);
});
