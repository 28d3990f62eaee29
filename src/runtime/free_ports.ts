import { createServer } from "node:net";

/**
 * The first `count` TCP ports of a range that nothing listens on now; fewer when there are not as many. Looks from its
 * beginning, or from the port `from` on and round to it again.
 */
export async function findFreePorts(
  count: number,
  range: { begin: number; end: number },
  options: { from?: number } = {},
): Promise<number[]> {
  const { from = range.begin } = options;
  const size = range.end - range.begin + 1;
  const found: number[] = [];
  for (let step = 0; step < size && found.length < count; step++) {
    const port = range.begin + ((from - range.begin + step) % size);
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
