import { once } from "node:events";
import net, { type AddressInfo, type Socket } from "node:net";
import { openSocketTransport, type TransportOptions } from "../../../../registry/client/http/socket_transport.ts";
import type { HttpRequest, HttpResponse } from "../../../../registry/client/http/transport.ts";
import { emptyScope } from "../../../../registry/values/scope.ts";

/** What a server does with a request whose head has come; counts from 1, of connections and of the requests on one. */
export type Script = (socket: Socket, at: { connection: number; request: number; text: string }) => void;

/** A whole answer, after which the connection can go on. */
export const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";

/** A server that speaks by a script, and a client of it. */
export async function openScriptedServer(script: Script, options: TransportOptions = {}) {
  const sockets: Socket[] = [];
  const server = net.createServer((socket) => {
    sockets.push(socket);
    const connection = sockets.length;
    let [request, text] = [0, ""];
    socket.on("data", (bytes) => {
      text += bytes.toString("latin1");
      if (!text.includes("\r\n\r\n")) return;
      request += 1;
      const at = { connection, request, text };
      text = "";
      script(socket, at);
    });
    socket.on("error", () => undefined);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const url = new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
  const transport = openSocketTransport({ headersTimeoutMs: 3000, idleTimeoutMs: 3000, ...options });
  const send = (more: Partial<HttpRequest> = {}) =>
    transport.send({ method: "GET", url, headers: {}, scope: emptyScope, ...more });
  return {
    url,
    sockets,
    send,
    /** Sends, reads and gives the body. */
    ask: async (more: Partial<HttpRequest> = {}) => await readText(await send(more)),
    [Symbol.asyncDispose]: async () => {
      transport[Symbol.dispose]();
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A body to its end. */
export async function readText(response: HttpResponse): Promise<string> {
  let text = "";
  for await (const piece of response.body) text += Buffer.from(piece).toString();
  return text;
}
