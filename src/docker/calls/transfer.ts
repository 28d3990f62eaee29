import type { TransferProgress } from "../engine.ts";
import { EngineError, toErrorCode } from "../engine_error.ts";
import { cannot } from "../http/call_guard.ts";
import type { Exchange } from "../http/exchange.ts";
import { decodeJsonLines } from "../json_lines.ts";
import { definedOnly, numberOf, textOf, toObject } from "../json_value.ts";

/** One line of the stream that answers a pull or a load. */
export type TransferLine =
  | { readonly kind: "progress"; readonly progress: TransferProgress }
  /** For people; yet a load names its images nowhere else. */
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "error"; readonly message: string; readonly status: number | undefined }
  /** About something that we do not use. */
  | { readonly kind: "other" };

/** Follows a transfer to its end; each line starts the deadline again. Throws the errors that come inside the stream. */
export async function* followTransfer(
  exchange: Exchange,
  silenceMs: number,
): AsyncGenerator<Exclude<TransferLine, { kind: "error" }>, void, undefined> {
  try {
    for await (const value of decodeJsonLines(exchange.chunks())) {
      exchange.guard.startDeadline(silenceMs, "said nothing more");
      const line = readTransferLine(value);
      if (line.kind !== "error") yield line;
      else throw toTransferError(exchange, line);
    }
  } catch (cause) {
    throw cause instanceof SyntaxError ? exchange.fault(cause.message, cause) : exchange.toError(cause);
  }
}

/** Reads one line; throws SyntaxError. */
export function readTransferLine(value: unknown): TransferLine {
  const line = toObject(value, "the line");
  const detail = toObject(line.errorDetail, "errorDetail");
  const message = textOf(detail, "message") ?? textOf(line, "error");
  if (message !== undefined) return { kind: "error", message: message.trim(), status: numberOf(detail, "code") };
  const text = textOf(line, "stream");
  if (text !== undefined) return { kind: "text", text };
  const status = textOf(line, "status");
  if (status === undefined) return { kind: "other" };
  const progress = toObject(line.progressDetail, "progressDetail");
  return {
    kind: "progress",
    progress: definedOnly({
      status,
      id: textOf(line, "id"),
      currentBytes: numberOf(progress, "current"),
      totalBytes: numberOf(progress, "total"),
    }),
  };
}

/** The status of the answer was 200, so the code beside the text is all that can be relied on, and mostly absent. */
function toTransferError(exchange: Exchange, line: { message: string; status: number | undefined }): EngineError {
  const { message, status } = line;
  const text = `${cannot(exchange.guard.call)}: ${message}`;
  return status === undefined
    ? new EngineError("failed", text)
    : new EngineError(toErrorCode(status), text, { status });
}
