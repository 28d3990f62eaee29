// bun tests/bench/log_follower.ts ADDRESS API-VERSION CONTAINER    writes a container's output to stdout, until it ends.
//
// The peer where Docker's own client is not installed: `docker logs --follow`, and no more than that.
import { writeSync } from "node:fs";
import process from "node:process";
import { FrameDecoder } from "../../src/docker/frames.ts";
import { parseEngineAddress } from "../../src/docker/mod.ts";
import { RawEngine } from "./raw_engine.ts";

const [address, apiVersion = "", container = ""] = process.argv.slice(2);
using raw = new RawEngine(parseEngineAddress(address), apiVersion);
const decoder = new FrameDecoder();
for await (const chunk of await raw.followLogs(container)) {
  for (const { stream, bytes } of decoder.push(chunk)) {
    for (let at = 0; at < bytes.length; ) at += writeSync(stream === "stdout" ? 1 : 2, bytes, at);
  }
}
