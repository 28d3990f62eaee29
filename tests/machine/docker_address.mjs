// Where a Docker daemon is expected, and whether one answers there.
import { existsSync, readFileSync } from "node:fs";
import http from "node:http";
import https from "node:https";
import { join } from "node:path";

/** Where dockerd listens when nobody says otherwise. */
export const STANDARD_SOCKET = "/var/run/docker.sock";

const CONNECTION_MS = 2_000;
/** systemd holds the socket and starts dockerd at the first connection: an accepted one deserves patience. */
const ANSWER_MS = 20_000;

/** Reads DOCKER_HOST: `{ kind: "unix", path }`, `{ kind: "tcp", host, port, certificates }` or `{ kind: "unknown" }`. */
export function readDockerAddress(env) {
  const text = env.DOCKER_HOST || `unix://${STANDARD_SOCKET}`;
  const path = text.startsWith("unix://") ? text.slice("unix://".length) : text;
  if (path.startsWith("/")) return { kind: "unix", text: `unix://${path}`, path };
  const tcp = /^(?:tcp|http|https):\/\/(\[[^\]]+\]|[^:/]+)(?::([0-9]+))?\/?$/.exec(text);
  if (tcp === null) return { kind: "unknown", text };
  const secure = text.startsWith("https:") || Boolean(env.DOCKER_TLS_VERIFY);
  const certificates = secure ? env.DOCKER_CERT_PATH || join(env.HOME ?? "", ".docker") : undefined;
  return {
    kind: "tcp",
    text,
    host: tcp[1].replace(/[[\]]/g, ""),
    port: Number(tcp[2] ?? (secure ? 2376 : 2375)),
    certificates,
  };
}

/**
 * Asks the daemon at `address` for `path`.
 * Gives `{ kind: "answers", body }`, `{ kind: "absent" | "denied" | "silent" | "unknown", reason }`: absent when nothing
 * listens, denied when this user may not connect, silent when something listens that gives no good answer.
 */
export async function askDocker(address, path = "/_ping") {
  if (address.kind === "unknown") {
    return { kind: "unknown", reason: "only unix:///path and tcp://host:port are understood" };
  }
  let connected = false;
  try {
    const response = await request(address, path, () => {
      connected = true;
    });
    if (response.status === 200) return { kind: "answers", body: response.body };
    return { kind: "silent", reason: `it answers ${path} with status ${response.status}` };
  } catch (error) {
    if (error.code === "EACCES" || error.code === "EPERM") return { kind: "denied", reason: error.message };
    if (connected) return { kind: "silent", reason: error.message };
    return { kind: "absent", reason: error.message || error.code };
  }
}

/** One GET; `onConnected` is called when something accepted the connection. */
function request(address, path, onConnected) {
  const { request: open } = address.certificates === undefined ? http : https;
  const place = address.kind === "unix" ? { socketPath: address.path } : { host: address.host, port: address.port };
  return new Promise((resolve, reject) => {
    const outgoing = open({ ...place, ...readCertificates(address), path, agent: false });
    const giveUp = (what, afterMs) =>
      setTimeout(() => outgoing.destroy(new Error(`no ${what} within ${afterMs} ms`)), afterMs);
    let timer = giveUp("connection", CONNECTION_MS);
    outgoing.on("socket", (socket) => {
      socket.once("connect", () => {
        onConnected();
        clearTimeout(timer);
        timer = giveUp("answer", ANSWER_MS);
      });
    });
    outgoing.on("response", (response) => {
      const chunks = [];
      response.on("data", (chunk) => chunks.push(chunk));
      response.on("error", reject);
      response.on("end", () => resolve({ status: response.statusCode, body: Buffer.concat(chunks).toString("utf8") }));
    });
    outgoing.on("error", reject);
    outgoing.on("close", () => clearTimeout(timer));
    outgoing.end();
  });
}

function readCertificates(address) {
  const folder = address.certificates;
  if (folder === undefined) return {};
  const read = (name) => (existsSync(join(folder, name)) ? readFileSync(join(folder, name)) : undefined);
  return { ca: read("ca.pem"), cert: read("cert.pem"), key: read("key.pem") };
}
