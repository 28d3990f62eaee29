import { once } from "node:events";
import { connect as connectTcp, isIP, type Socket } from "node:net";
import type { NamespaceTarget } from "../../runtime/namespace_socket.ts";
import type { ProbeConnect } from "./http_probe.ts";

/** Connections in the network namespace that this process is in. */
export const connectHere: ProbeConnect = async (target, { signal }) => {
  const { socket, ready } = await open(target);
  try {
    await once(socket, ready, { signal });
  } catch (error) {
    socket.destroy();
    throw signal.aborted ? signal.reason : error;
  }
  return {
    write: (bytes) =>
      new Promise((resolve, reject) => socket.write(bytes, (error) => (error ? reject(error) : resolve()))),
    chunks: () => socket,
    close: () => socket.destroy(),
  };
};

async function open({ host, port, tls }: NamespaceTarget): Promise<{ socket: Socket; ready: string }> {
  if (!tls) return { socket: connectTcp({ host, port }), ready: "connect" };
  const { connect } = await import("node:tls");
  const servername = isIP(tls.serverName) ? {} : { servername: tls.serverName };
  return { socket: connect({ host, port, ...servername, rejectUnauthorized: false }), ready: "secureConnect" };
}
