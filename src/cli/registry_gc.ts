import process from "node:process";
import { openLayoutRegistry } from "../../registry/layout/layout_registry.ts";
import { assertStore } from "./assert_store.ts";
import { exitCodes } from "./exit_code.ts";
import { toFailure } from "./failure.ts";
import type { GcFlags } from "./registry.ts";

/**
 * `mesos-docker registry gc`: a line of what was collected, and one for each repository that keeps all it has because it cannot be
 * read. Fails while the registry is served.
 */
export async function collect({ store, untagged, grace, json }: GcFlags): Promise<number> {
  await assertStore(store, "collect");
  await using registry = await openLayoutRegistry(store);
  const collected = await registry.collectGarbage({ graceMs: grace, untagged: untagged ? "remove" : "keep" });
  const { blobs, manifests, uploads, freedBytes } = collected;
  const passedOver = collected.passedOver.map(({ repository, error }) => ({ repository, ...toFailure(error) }));
  const line = `removed ${manifests} manifests, ${blobs} blobs and ${uploads} uploads, freed ${freedBytes} bytes`;
  process.stdout.write(`${json ? JSON.stringify({ ...collected, passedOver }) : line}\n`);
  for (const { repository, error } of json ? [] : passedOver) {
    process.stderr.write(
      `mesos-docker: "${repository}" keeps all it has: ${error} (registry check tells more, and takes out what is rotten with --remove)\n`,
    );
  }
  return passedOver.length === 0 ? exitCodes.done : exitCodes.failed;
}
