import { Buffer } from "node:buffer";

/** Where the Docker daemon listens. */
export type EngineAddress =
  | { readonly kind: "unix"; readonly path: string }
  | { readonly kind: "tcp"; readonly host: string; readonly port: number; readonly tls?: EngineTls };

/** How a daemon is spoken to over TLS. */
export interface EngineTls {
  /** Whether the daemon's certificate must be signed by a trusted authority. */
  readonly check: "authority" | "none";
  /** Folder with `ca.pem`, `cert.pem` and `key.pem`; without it the system's authorities and no client certificate. */
  readonly certPath?: string;
}

/** Values of DOCKER_TLS_VERIFY and DOCKER_CERT_PATH; they count for tcp:// and https:// only. */
export interface EngineTlsSettings {
  /** Any text but the empty one asks for a check of the daemon's certificate, as in Docker's own client. */
  readonly verify?: string | undefined;
  readonly certPath?: string | undefined;
}

/** Where a daemon listens unless it was told otherwise. */
export const defaultEngineAddress: EngineAddress = { kind: "unix", path: "/var/run/docker.sock" };

/** Longest path that fits into a `sockaddr_un`, its final zero left out. */
const maxSocketPathBytes = 107;

/**
 * Reads a DOCKER_HOST: `unix:///path`, an absolute path, `tcp://host[:port]`, `http://…` or `https://…`.
 * Nothing or an empty text gives {@link defaultEngineAddress}. Throws SyntaxError.
 */
export function parseEngineAddress(text: string | undefined, tls: EngineTlsSettings = {}): EngineAddress {
  if (text === undefined || text === "" || text === "unix://") return defaultEngineAddress;
  if (text.startsWith("/")) return parseSocketPath(text, text);
  const [scheme, rest] = splitScheme(text);
  switch (scheme) {
    case "unix":
      return parseSocketPath(text, rest);
    case "tcp":
    case "http":
    case "https":
      return parseHost(text, scheme, tls);
    case "npipe":
      throw fault(text, "npipe:// is of Windows and is not supported: use unix:// or tcp://");
    case "ssh":
      throw fault(text, "ssh:// is not supported: use unix://, or tcp:// with TLS");
    default:
      throw fault(text, "it must begin with unix://, tcp://, http:// or https://");
  }
}

/** Whether the daemon is on this host, as far as its address tells. */
export function isOnThisHost(address: EngineAddress): boolean {
  return address.kind === "unix" || address.host === "localhost" || /^(?:127(?:\.\d+){3}|::1)$/.test(address.host);
}

/** One line that {@link parseEngineAddress} reads again, the folder of certificates left out. */
export function formatEngineAddress(address: EngineAddress): string {
  if (address.kind === "unix") return `unix://${address.path}`;
  const host = address.host.includes(":") ? `[${address.host}]` : address.host;
  return `${address.tls === undefined ? "tcp" : "https"}://${host}:${address.port}`;
}

function splitScheme(text: string): [scheme: string, rest: string] {
  const end = text.indexOf("://");
  return end < 0 ? ["", text] : [text.slice(0, end).toLowerCase(), text.slice(end + 3)];
}

/** Relative paths are refused: an executor's working directory is a sandbox that a task fills. */
function parseSocketPath(text: string, path: string): EngineAddress {
  if (!path.startsWith("/")) throw fault(text, "the socket's path must be absolute");
  const length = Buffer.byteLength(path);
  if (length > maxSocketPathBytes) {
    throw fault(text, `the path has ${length} bytes, a socket's path at most ${maxSocketPathBytes}`);
  }
  return { kind: "unix", path };
}

function parseHost(text: string, scheme: "tcp" | "http" | "https", settings: EngineTlsSettings): EngineAddress {
  const url = toUrl(text, scheme);
  if (url.hostname === "") throw fault(text, "the host is missing");
  if (url.username !== "" || url.password !== "") throw fault(text, "a user cannot be given here");
  if (!["", "/"].includes(url.pathname) || url.search !== "" || url.hash !== "") {
    throw fault(text, "a path cannot be given here");
  }
  const tls = toTls(scheme, settings);
  if (scheme === "http" && tls !== undefined) {
    throw fault(text, "http:// contradicts DOCKER_TLS_VERIFY and DOCKER_CERT_PATH: use tcp:// or https://");
  }
  const port = url.port === "" ? defaultPort(scheme, tls) : Number(url.port);
  const host = url.hostname.replace(/^\[|\]$/g, "");
  return { kind: "tcp", host, port, ...(tls === undefined ? {} : { tls }) };
}

/** Always parsed as tcp://, because a URL forgets a port that is its scheme's default. */
function toUrl(text: string, scheme: string): URL {
  try {
    return new URL(`tcp://${text.slice(scheme.length + 3)}`);
  } catch {
    // The platform's error repeats the text, with a password that may be in it.
    throw fault(text, "it must be host or host:port");
  }
}

function defaultPort(scheme: "tcp" | "http" | "https", tls: EngineTls | undefined): number {
  if (scheme === "tcp") return tls === undefined ? 2375 : 2376;
  return scheme === "http" ? 80 : 443;
}

/** TLS is used for https://, and for any host when certificates are given: Docker's own client does the same. */
function toTls(scheme: string, settings: EngineTlsSettings): EngineTls | undefined {
  const verify = settings.verify ?? "";
  const certPath = settings.certPath ?? "";
  if (certPath !== "") return { check: verify === "" ? "none" : "authority", certPath };
  return scheme === "https" || verify !== "" ? { check: "authority" } : undefined;
}

function fault(text: string, found: string): SyntaxError {
  const withoutUser = text.replace(/\/\/[^/]*@/, "//…@");
  return new SyntaxError(`Cannot use Docker address "${withoutUser}": ${found}`);
}
