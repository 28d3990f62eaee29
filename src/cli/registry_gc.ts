import process from "node:process";
import { openLayoutRegistry } from "../../registry/layout/layout_registry.ts";
import { assertStore } from "./assert_store.ts";
import { exitCodes } from "./exit_code.ts";
import type { GcFlags } from "./registry.ts";

/** `mesos-docker registry gc`: a line of what was collected. Fails while the registry is served. */
export async function collect({ store, untagged, grace, json }: GcFlags): Promise<number> {
  await assertStore(store, "collect");
  await using registry = await openLayoutRegistry(store);
  const collected = await registry.collectGarbage({ graceMs: grace, untagged: untagged ? "remove" : "keep" });
  const { blobs, manifests, uploads, freedBytes } = collected;
  const line = `removed ${manifests} manifests, ${blobs} blobs and ${uploads} uploads, freed ${freedBytes} bytes`;
  process.stdout.write(`${json ? JSON.stringify(collected) : line}\n`);
  return exitCodes.done;
}
