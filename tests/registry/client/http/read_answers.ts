import { Buffer } from "node:buffer";
import { AnswerParser } from "../../../../registry/client/http/answer_parser.ts";

/** An answer as a parser has told of it. */
export interface ReadAnswer {
  status: number;
  headers: Readonly<Record<string, string | undefined>>;
  /** In latin1. */
  body: string;
  /** Undefined while it is not whole. */
  rest?: "reusable" | "spent";
}

/** Reads the answers to requests of these methods from bytes that come in pieces of a size; the connection ends behind them. */
export function readAnswers(
  methods: readonly string[],
  bytes: Uint8Array,
  pieceBytes = bytes.byteLength,
): { answers: readonly ReadAnswer[]; error?: Error } {
  const answers: ReadAnswer[] = [];
  const waiting = [...methods];
  const parser = new AnswerParser({
    head: ({ status, headers }) => void answers.push({ status, headers, body: "" }),
    piece: (piece) => {
      const last = answers.at(-1);
      if (last) last.body += Buffer.from(piece).toString("latin1");
    },
    end: (rest) => {
      const last = answers.at(-1);
      if (last) last.rest = rest;
      const method = waiting.shift();
      if (method !== undefined) parser.expect(method);
    },
  });
  parser.expect(waiting.shift() ?? "GET");
  try {
    for (let at = 0; at < bytes.byteLength; at += pieceBytes) parser.take(bytes.subarray(at, at + pieceBytes));
    parser.close();
    return { answers };
  } catch (error) {
    return { answers, error: error as Error };
  }
}
