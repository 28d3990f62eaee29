import assert from "node:assert/strict";
import { Buffer } from "node:buffer";
import { AnswerSyntaxError } from "../../registry/client/http/answer_parser.ts";
import { readAnswers } from "../registry/client/http/read_answers.ts";
import type { FuzzTarget } from "./fuzz_target.ts";

/** Answers of HTTP: they must be read alike however the network has cut them. */
export const answerTarget: FuzzTarget = {
  name: "answers",
  seeds: [
    "HTTP/1.1 200 OK\r\nContent-Length: 3\r\nETag: a\r\n\r\nabc",
    "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 206 Partial\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\na\r\n0123456789\r\n0\r\nT: u\r\n\r\n",
    "HTTP/1.0 401 No\r\nWWW-Authenticate: Basic\r\nWWW-Authenticate: Bearer realm=x,\r\n  service=y\r\n\r\nto the end",
  ],
  parse: (text) => {
    const bytes = Buffer.from(text);
    const [whole, byBytes] = [tryRead(bytes, bytes.byteLength), tryRead(bytes, 1)];
    assert.deepEqual(byBytes.answer, whole.answer);
    assert.equal(byBytes.error?.message, whole.error?.message);
    assert.ok((whole.answer?.body.length ?? 0) <= bytes.byteLength);
    if (whole.error) throw whole.error;
  },
  errors: [AnswerSyntaxError],
};

function tryRead(bytes: Uint8Array, pieceBytes: number) {
  const found = readAnswers(["GET"], bytes, pieceBytes);
  if (found.error !== undefined && !(found.error instanceof AnswerSyntaxError)) throw found.error;
  return { answer: found.answers[0], error: found.error };
}
