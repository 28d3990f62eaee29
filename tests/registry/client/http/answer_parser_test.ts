import assert from "node:assert/strict";
import { test } from "node:test";
import { AnswerSyntaxError } from "../../../../registry/client/http/answer_parser.ts";
import { type ReadAnswer, readAnswers } from "./read_answers.ts";

/** Lines end as HTTP's do. */
const wire = (text: string) => Buffer.from(text.replaceAll("\n", "\r\n"), "latin1");

const answers: readonly (readonly [name: string, text: string, expected: ReadAnswer, method?: string])[] = [
  ["a sized body", "HTTP/1.1 200 OK\nContent-Length: 3\n\nabc", sized("abc", { "content-length": "3" })],
  ["no body", "HTTP/1.1 200 OK\nContent-Length: 0\n\n", sized("", { "content-length": "0" })],
  [
    "a status without a reason",
    "HTTP/1.1 201\nContent-Length: 0\n\n",
    { ...sized("", { "content-length": "0" }), status: 201 },
  ],
  ["the answer to HEAD", "HTTP/1.1 200 OK\nContent-Length: 3\n\n", sized("", { "content-length": "3" }), "HEAD"],
  [
    "204, whatever its length",
    "HTTP/1.1 204 No\nContent-Length: 3\n\n",
    { ...sized("", { "content-length": "3" }), status: 204 },
  ],
  [
    "the same length twice",
    "HTTP/1.1 200 OK\nContent-Length: 1\nContent-Length: 1\n\na",
    sized("a", { "content-length": "1, 1" }),
  ],
  [
    "chunks, their extensions and trailers",
    'HTTP/1.1 200 OK\nTransfer-Encoding: Chunked\n\n3;x="y"\nabc\nA\n0123456789\n0\nTrailer: x\n\n',
    sized("abc0123456789", { "transfer-encoding": "Chunked" }),
  ],
  [
    "chunks with a length beside them, after which the connection is not believed",
    "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\nContent-Length: 1\n\n2\nab\n0\n\n",
    { ...sized("ab", { "transfer-encoding": "chunked", "content-length": "1" }), rest: "spent" },
  ],
  ["a body to the end", "HTTP/1.1 200 OK\n\nabc\n", { status: 200, headers: {}, body: "abc\r\n", rest: "spent" }],
  [
    "a connection that is to be closed",
    "HTTP/1.1 200 OK\nConnection: Close\nContent-Length: 0\n\n",
    { ...sized("", { connection: "Close", "content-length": "0" }), rest: "spent" },
  ],
  ["HTTP/1.0", "HTTP/1.0 200 OK\nContent-Length: 1\n\na", { ...sized("a", { "content-length": "1" }), rest: "spent" }],
  [
    "HTTP/1.0 that goes on",
    "HTTP/1.0 200 OK\nConnection: keep-alive\nContent-Length: 1\n\na",
    sized("a", { connection: "keep-alive", "content-length": "1" }),
  ],
  [
    "HTTP/1.0 in chunks, after which the connection is not believed",
    "HTTP/1.0 200 OK\nConnection: keep-alive\nTransfer-Encoding: chunked\n\n1\na\n0\n\n",
    { ...sized("a", { connection: "keep-alive", "transfer-encoding": "chunked" }), rest: "spent" },
  ],
  [
    "what comes ahead of an answer",
    "\nHTTP/1.1 100 Continue\n\nHTTP/1.1 103 Hints\nLink: x\n\nHTTP/1.1 200 OK\nContent-Length: 0\n\n",
    sized("", { "content-length": "0" }),
  ],
  [
    "headers that come twice: joined, or the first where there can be one only",
    "HTTP/1.1 200 OK\nWarning: a\nLocation: /x\nwarning: b\nLocation: /y\nContent-Length: 0\n\n",
    sized("", { warning: "a, b", location: "/x", "content-length": "0" }),
  ],
  [
    "a header over two lines, one without a value, and one with bytes above 127",
    "HTTP/1.1 200 OK\nX: a\n  b\nEmpty:\n__proto__: \u00e9\nContent-Length: 0\n\n",
    sized(
      "",
      Object.fromEntries([
        ["x", "a b"],
        ["empty", ""],
        ["__proto__", "\u00e9"],
        ["content-length", "0"],
      ]),
    ),
  ],
];
for (const [name, text, expected, method = "GET"] of answers) {
  for (const pieceBytes of [1, 7, 1000]) {
    test(`AnswerParser reads ${name}, in pieces of ${pieceBytes}`, () => {
      assert.deepEqual(readAnswers([method], wire(text), pieceBytes), { answers: [expected] });
    });
  }
}

test("AnswerParser reads line feeds alone as ends of lines", () => {
  const text = Buffer.from("HTTP/1.1 200 OK\nContent-Length: 1\n\na");
  assert.deepEqual(readAnswers(["GET"], text).answers, [sized("a", { "content-length": "1" })]);
});

test("AnswerParser reads one answer after the other", () => {
  const text = wire("HTTP/1.1 200 OK\nContent-Length: 5\n\nHTTP/1.1 200 OK\nContent-Length: 2\n\nab");
  const { answers } = readAnswers(["HEAD", "GET"], text, 3);
  assert.deepEqual(
    answers.map(({ body }) => body),
    ["", "ab"],
  );
});

const faults: readonly (readonly [text: string, message: RegExp])[] = [
  ["", /^the connection was closed without an answer$/],
  ["HTTP/1.1 200", /^the connection was closed before the end$/],
  ["HTTP/1.1 200 OK\nContent-Length: 3\n\nab", /^the connection was closed before the end$/],
  ["HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n3\nabc\n", /^the connection was closed before the end$/],
  ["HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n3\nabc\n0\n", /^the connection was closed before the end$/],
  ["SSH-2.0-x\n", /^found "SSH-2.0-x", expected an answer of HTTP\/1.1$/],
  ["HTTP/2 200\n\n", /expected an answer/],
  ["HTTP/1.1 20 OK\n\n", /expected an answer/],
  ["HTTP/1.1 101 Up\nUpgrade: x\n\n", /^found a change of protocol that nobody asked for$/],
  ["HTTP/1.1 200 OK\nno colon\n\n", /^found "no colon", expected a header$/],
  ["HTTP/1.1 200 OK\nspace : x\n\n", /expected a header/],
  ["HTTP/1.1 200 OK\n folded: x\n\n", /expected a header/],
  ["HTTP/1.1 200 OK\nX: a\rLocation: /y\n\n", /expected a header/],
  ["HTTP/1.1 200 OK\nX: a\0b\n\n", /expected a header/],
  ["HTTP/1.1 200 OK\nContent-Length: -1\n\n", /^found the length "-1"$/],
  ["HTTP/1.1 200 OK\nContent-Length: 1\nContent-Length: 2\n\n", /^found the length "1, 2"$/],
  ["HTTP/1.1 200 OK\nContent-Length: 9999999999999999\n\n", /^found the length/],
  ["HTTP/1.1 200 OK\nTransfer-Encoding: gzip, chunked\n\n", /^found the transfer coding "gzip, chunked"$/],
  ["HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\nx\n", /^found "x", expected the size of a chunk$/],
  ["HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n\n", /^found "", expected the size of a chunk$/],
  ["HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\nffffffffffffff\n", /expected the size of a chunk$/],
  ["HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n1\nabc\n", /^found "bc" after a chunk$/],
  ["HTTP/1.1 200 OK\nContent-Length: 1\n\nab", /^found bytes that belong to no answer$/],
  [`HTTP/1.1 200 OK\n${"X: y\n".repeat(20_000)}`, /^found a head of more than 65536 bytes$/],
  ["x".repeat(70_000), /^found a head of more than 65536 bytes$/],
];
for (const [text, message] of faults) {
  test(`AnswerParser refuses ${JSON.stringify(text.slice(0, 80))}`, () => {
    for (const pieceBytes of [1, 100_000]) {
      const { error } = readAnswers(["GET"], wire(text), pieceBytes);
      assert.ok(error instanceof AnswerSyntaxError, String(error));
      assert.match(error.message, message);
    }
  });
}

/** A whole answer of status 200 after which the connection can go on. */
function sized(body: string, headers: Record<string, string>): ReadAnswer {
  return { status: 200, headers, body, rest: "reusable" };
}
