import { connect } from "node:net";
import { text } from "node:stream/consumers";
import { eventually } from "./eventually.ts";

/** A line for a container that says by each of its ports which one it is. */
export function serve(...ports: readonly number[]): string {
  const loops = ports.map((port) => `while true; do echo "tcp ${port}" | nc -l -p ${port}; done &`);
  return `${loops.join("\n")}\nwait`;
}

/** What is said at a port; connections are taken and closed again as long as nothing listens inside. */
export function hear(port: number, host = "127.0.0.1"): Promise<string> {
  return eventually(`an answer at ${host}:${port}`, async () => {
    // A connection that came too early may stay open without a word.
    const socket = connect(port, host).setTimeout(2000, () => socket.destroy());
    const said = await text(socket).catch(() => "");
    return said !== "" && said;
  });
}
