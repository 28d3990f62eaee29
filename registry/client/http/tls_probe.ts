import { Buffer } from "node:buffer";
import { connect } from "node:net";
import type { Duplex } from "node:stream";
import { RegistryError } from "../../registry_error.ts";
import { messageOf } from "../../thrown.ts";
import { openTunnel, type ProxyFor } from "./proxy.ts";
import { Silence } from "./silence.ts";

/** How a probe reaches a host. */
export interface ProbeOptions {
  readonly proxyFor: ProxyFor;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

/**
 * Whether a host speaks TLS at its port. It is sent the beginning of a handshake that no server would finish: one that speaks TLS
 * answers with a record of TLS, if only to refuse; another with a text, such as HTTP's 400, or by hanging up (contract B.9). That
 * needs no error texts of a TLS library, and a server's wish for certificates is not taken for plain HTTP. UNAVAILABLE when it
 * cannot be reached or says nothing; the signal's reason, and no connection any more, when that is aborted.
 */
export async function probeTls(url: URL, { proxyFor, timeoutMs, signal }: ProbeOptions): Promise<"tls" | "plain"> {
  signal.throwIfAborted();
  const proxy = proxyFor(url);
  const socket = proxy ? await openTunnel(proxy, url, { timeoutMs, signal }) : connectTo(url);
  return await new Promise((resolve, reject) => {
    const settle = (end: () => void) => {
      clearTimeout(timer);
      signal.removeEventListener("abort", leave);
      socket.destroy();
      end();
    };
    const fail = (found: string, cause?: unknown) =>
      settle(() => reject(new RegistryError("UNAVAILABLE", `Cannot reach "${url.host}": ${found}`, { cause })));
    const silence = new Silence();
    const timer = setTimeout(() => fail(silence.message, silence), timeoutMs);
    const leave = () => settle(() => reject(signal.reason));
    signal.addEventListener("abort", leave, { once: true });
    let state: "connecting" | "asked" = proxy ? "asked" : "connecting";
    const ask = () => {
      state = "asked";
      socket.write(clientHello);
    };
    if (signal.aborted) return leave();
    if (proxy) ask();
    else socket.once("connect", ask);
    socket.once("data", (bytes: Uint8Array) => settle(() => resolve(isRecord(bytes[0] ?? 0) ? "tls" : "plain")));
    socket.once("end", () => settle(() => resolve("plain")));
    socket.on("error", (error) => {
      if (state === "asked") settle(() => resolve("plain"));
      else fail(messageOf(error), error);
    });
  });
}

function connectTo({ hostname, port }: URL): Duplex {
  return connect({ host: hostname.replace(/^\[|\]$/g, ""), port: Number(port || 443) });
}

/** Types of TLS records: change of cipher, alert, handshake, data (RFC 8446, 5.1). */
function isRecord(first: number): boolean {
  return first >= 20 && first <= 23;
}

/**
 * A ClientHello with no cipher that is in use. Its random bytes end a line twice, so that a server of plain HTTP sees a whole
 * request of nonsense at once, instead of waiting for more.
 */
const clientHello: Uint8Array = (() => {
  const random = Buffer.alloc(32, "\r\n\r\n");
  const body = Buffer.concat([Buffer.from([3, 3]), random, Buffer.from([0, 0, 2, 0, 0, 1, 0])]);
  const handshake = Buffer.concat([Buffer.from([1, 0, 0, body.byteLength]), body]);
  return Buffer.concat([Buffer.from([22, 3, 1, 0, handshake.byteLength]), handshake]);
})();
