import http from "node:http";

/** What a server answered, byte by byte. */
export interface RawAnswer {
  readonly status: number;
  readonly headers: http.IncomingHttpHeaders;
  readonly body: Buffer;
}

/** One request on a connection of its own, without any knowledge of registries. */
export function ask(
  host: string,
  method: string,
  path: string,
  options: { headers?: http.OutgoingHttpHeaders; body?: Uint8Array } = {},
): Promise<RawAnswer> {
  const { headers = {}, body } = options;
  const stated = body !== undefined && !("transfer-encoding" in headers);
  const length = !stated ? {} : { "content-length": body.byteLength };
  return new Promise((resolve, reject) => {
    const request = http.request(`http://${host}${path}`, { method, headers: { ...length, ...headers }, agent: false });
    request.on("error", reject);
    request.on("response", (message) => {
      const pieces: Buffer[] = [];
      message.on("data", (piece: Buffer) => pieces.push(piece));
      message.on("error", reject);
      message.on("end", () =>
        resolve({ status: message.statusCode ?? 0, headers: message.headers, body: Buffer.concat(pieces) }),
      );
    });
    request.end(body);
  });
}
