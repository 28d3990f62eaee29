import process from "node:process";
import { findFreePorts } from "../../src/runtime/free_ports.ts";

/** Free ports of this host, from a range that tests which run at the same time in another process seldom share. */
export async function findOwnPorts(count: number): Promise<number[]> {
  const begin = 33_000 + (process.pid % 100) * 20;
  return await findFreePorts(count, { begin, end: begin + 1000 });
}
