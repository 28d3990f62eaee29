import { createServer } from "node:net";

/** The first `count` TCP ports of a range that nothing listens on now; fewer when there are not as many. */
export async function findFreePorts(count: number, range: { begin: number; end: number }): Promise<number[]> {
  const found: number[] = [];
  for (let port = range.begin; port <= range.end && found.length < count; port++) {
    if (await isFree(port)) found.push(port);
  }
  return found;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, host: "0.0.0.0", exclusive: true }, () => server.close(() => resolve(true)));
  });
}
