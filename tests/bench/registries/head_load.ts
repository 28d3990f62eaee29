/** How many clients ask at once, each on a connection of its own. */
const clients = 16;

/** As many answers as fit into that time are counted. */
const loadMs = 3000;

/**
 * HEAD requests a second that a server answers with 200 to clients who ask again as soon as they have an answer. Sockets
 * without any HTTP library, so that the client costs less than the server.
 */
export async function measureHeads(host: string, path: string): Promise<number> {
  const [hostname = "", port = ""] = host.split(":");
  const request = `HEAD ${path} HTTP/1.1\r\nHost: ${host}\r\nAccept: application/vnd.oci.image.manifest.v1+json\r\n\r\n`;
  let answers = 0;
  const beganMs = performance.now();
  const ask = async () => {
    const { promise: ended, resolve, reject } = Promise.withResolvers<void>();
    let text = "";
    const socket = await Bun.connect({
      hostname,
      port: Number(port),
      socket: {
        data(from, bytes) {
          text += bytes.toString("latin1");
          if (!text.endsWith("\r\n\r\n")) return;
          if (!text.startsWith("HTTP/1.1 200 ")) return void reject(new Error(`"${host}" answers ${text}`));
          answers += 1;
          text = "";
          if (performance.now() - beganMs < loadMs) from.write(request);
          else resolve();
        },
        close: () => reject(new Error(`"${host}" has closed the connection`)),
        error: (_socket, error) => reject(error),
      },
    });
    socket.write(request);
    await ended.finally(() => socket.end());
  };
  await Promise.all(Array.from({ length: clients }, ask));
  return (answers * 1000) / (performance.now() - beganMs);
}
