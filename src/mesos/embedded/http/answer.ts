/** An HTTP answer without a stream. */
export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: string;
}

/** An answer with a text, as libprocess writes them; without a text there is no type either. */
export function answer(status: number, body = "", headers: Record<string, string> = {}): Answer {
  const type: Record<string, string> = body === "" ? {} : { "Content-Type": "text/plain; charset=utf-8" };
  return { status, headers: { ...type, ...headers }, body };
}

/** 405 in libprocess' words. */
export function methodNotAllowed(method: string): Answer {
  const text = `405 Method Not Allowed. Expecting one of { 'POST' }, but received '${method}'.`;
  return answer(405, text, { Allow: "POST" });
}
