import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { digestOf } from "../../../registry/values/digest.ts";
import { childrenOf, parseManifest } from "../../../registry/values/manifest.ts";
import { collect, list, pushImage } from "../conformance/specimens.ts";
import { layoutFolder, openQuickly } from "./layout_folder.ts";

const child = fileURLToPath(new URL("./pushing_child.ts", import.meta.url));

/** Pushes in another process until it has told of `count` images, and kills it `delayMs` later, amid the next. */
async function pushUntilKilled(root: string, count: number, delayMs: number): Promise<[tag: string, digest: string][]> {
  const words = "deno" in process.versions ? ["run", "-A", "--no-check", child] : [child];
  const pushing = spawn(process.execPath, [...words, root], { stdio: ["ignore", "pipe", "inherit"] });
  // Its output ends a moment before it does, and Deno's signalCode is that of the wish to kill it.
  const ended = once(pushing, "exit");
  const told: [string, string][] = [];
  for await (const line of createInterface(pushing.stdout)) {
    const [tag = "", digest = ""] = line.split(" ");
    told.push([tag, digest]);
    if (told.length === count) setTimeout(() => pushing.kill("SIGKILL"), delayMs);
  }
  await ended;
  return told;
}

test("a layout registry has all that it told of, whole, whenever its process is killed", async () => {
  await using folder = await layoutFolder();
  for (const count of [1, 2, 3, 4, 5, 6]) {
    const told = await pushUntilKilled(folder.root, count, count - 1);
    assert.ok(told.length >= count);
    await using registry = await openQuickly(folder.root);
    const last = new Map(told.map(([tag, digest]) => [tag, digest]));
    for (const [tag, digest] of last) {
      const repository = `app-${Number(tag.slice(1)) % 3}`;
      assert.equal((await registry.statManifest(repository, tag)).digest, digest);
    }
    for await (const repository of registry.listRepositories()) {
      for (const tag of await list(registry.listTags(repository))) {
        const { bytes, descriptor } = await registry.getManifest(repository, tag);
        for (const blob of childrenOf(parseManifest(bytes, descriptor.mediaType))) {
          await using content = await registry.getBlob(repository, blob.digest);
          assert.equal(digestOf(await collect(content.body)), blob.digest);
        }
      }
    }
    await pushImage(registry, "app-0", ["after"]);
    await registry.collectGarbage({ graceMs: 0, uploadGraceMs: 0 });
  }
});
