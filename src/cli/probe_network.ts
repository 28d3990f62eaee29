import process from "node:process";
import * as v from "valibot";
import { probeBy } from "../executor/checks/network_probe.ts";
import { connectHere } from "../executor/checks/own_connect.ts";
import { exitCodes } from "./exit_code.ts";

const host = v.picklist(["127.0.0.1", "::1"]);
const schema = v.variant("kind", [
  v.object({ kind: v.literal("tcp"), host, port: v.number() }),
  v.object({
    kind: v.literal("http"),
    host,
    port: v.number(),
    scheme: v.picklist(["http", "https"]),
    path: v.string(),
  }),
]);

/** Makes one probe where this process is, and prints the finding: what an executor has done in a container's network. */
export async function probeNetwork(text: string): Promise<number> {
  const probe = v.parse(schema, JSON.parse(text));
  const finding = await probeBy(probe, connectHere, { signal: new AbortController().signal });
  process.stdout.write(`${JSON.stringify(finding)}\n`);
  return exitCodes.done;
}
