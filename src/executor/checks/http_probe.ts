import { Buffer } from "node:buffer";
import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { messageOf } from "../../notation/thrown.ts";
import type { NamespaceSocket, NamespaceTarget } from "../../runtime/namespace_socket.ts";
import type { Finding, Probe } from "./check_spec.ts";

/** Opens a connection in some network namespace; rejects with the system's error, and when the signal is aborted. */
export type ProbeConnect = (target: NamespaceTarget, options: { signal: AbortSignal }) => Promise<NamespaceSocket>;

/** Redirects that are followed: more than any server needs that is well. */
const maxRedirects = 20;

/** Most that is read of an answer's head. */
const maxHeadBytes = 64 * 1024;

const defaultPorts = { "http:": 80, "https:": 443 } as const;

/** Whether a server takes connections. */
export async function probeTcp(
  { host, port }: Probe & { kind: "tcp" },
  connect: ProbeConnect,
  options: { signal: AbortSignal },
): Promise<Finding> {
  try {
    const connection = await connect({ host, port }, options);
    connection.close();
    return { kind: "tcp", succeeded: true };
  } catch (error) {
    options.signal.throwIfAborted();
    return { kind: "tcp", succeeded: false, why: messageOf(error) };
  }
}

/** The status of an answer, of the last one when the server sends its clients on (contract B.9: as curl -L -k does). */
export async function probeHttp(
  { scheme, host, port, path }: Probe & { kind: "http" },
  connect: ProbeConnect,
  options: { signal: AbortSignal },
): Promise<Finding> {
  // A path that begins with two slashes is none of another host.
  let url = new URL(`${scheme}://${host.includes(":") ? `[${host}]` : host}:${port}${path}`);
  try {
    for (let redirects = 0; redirects <= maxRedirects; redirects++) {
      const { statusCode, location } = await ask(url, connect, options);
      if (location === undefined) return { kind: "http", statusCode };
      url = new URL(location, url);
      if (!(url.protocol in defaultPorts)) return { kind: "none", why: `it leads to "${url.protocol}"` };
    }
    return { kind: "none", why: `it leads on more than ${maxRedirects} times` };
  } catch (error) {
    options.signal.throwIfAborted();
    return { kind: "none", why: messageOf(error) };
  }
}

interface AnswerHead {
  statusCode: number;
  /** Where a redirect leads. */
  location?: string;
}

async function ask(url: URL, connect: ProbeConnect, options: { signal: AbortSignal }): Promise<AnswerHead> {
  const name = url.hostname.replace(/^\[|\]$/g, "");
  const port = Number(url.port) || defaultPorts[url.protocol as keyof typeof defaultPorts];
  const host = isIP(name) ? name : (await lookup(name)).address;
  const tls = url.protocol === "https:" ? { tls: { serverName: name } } : {};
  const connection = await connect({ host, port, ...tls }, options);
  const close = () => connection.close();
  options.signal.addEventListener("abort", close, { once: true });
  try {
    const lines = [`GET ${url.pathname}${url.search} HTTP/1.1`, `Host: ${url.host}`, "User-Agent: mesos-docker"];
    await connection.write(Buffer.from(`${[...lines, "Accept: */*", "Connection: close"].join("\r\n")}\r\n\r\n`));
    return await readHead(connection);
  } finally {
    options.signal.removeEventListener("abort", close);
    close();
  }
}

async function readHead(connection: NamespaceSocket): Promise<AnswerHead> {
  let read = Buffer.alloc(0);
  for await (const chunk of connection.chunks()) {
    read = Buffer.concat([read, chunk]);
    for (let end = findHeadEnd(read); end > 0; end = findHeadEnd(read)) {
      const head = toHead(read.toString("latin1", 0, end));
      // 100 Continue and its like come before the answer itself.
      if (head.statusCode >= 200) return head;
      read = read.subarray(end);
    }
    if (read.length > maxHeadBytes) throw new Error(`the answer's head has more than ${maxHeadBytes} bytes`);
  }
  throw new Error("the server closed the connection before it answered");
}

/** Servers that end their lines carelessly, as scripts behind CGI do, are no less healthy; 0 when it has not come. */
function findHeadEnd(read: Buffer): number {
  const found = /\r?\n\r?\n/.exec(read.toString("latin1"));
  return found ? found.index + found[0].length : 0;
}

function toHead(text: string): AnswerHead {
  const [first = "", ...lines] = text.split(/\r?\n/);
  const [, digits] = /^HTTP\/\d(?:\.\d)? (\d{3})/.exec(first) ?? [];
  if (digits === undefined) throw new Error("what answers is no HTTP server");
  const statusCode = Number(digits);
  const location = lines.find((line) => /^location:/i.test(line))?.replace(/^[^:]*:\s*/, "");
  const isRedirect = [301, 302, 303, 307, 308].includes(statusCode) && location !== undefined;
  return isRedirect ? { statusCode, location } : { statusCode };
}
