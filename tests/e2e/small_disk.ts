import assert from "node:assert/strict";
import { runCommand } from "./command.ts";
import { openStoreFolder } from "./served_registry.ts";

/** A folder on a file system of its own, which is full after so many bytes. */
export interface SmallDisk extends AsyncDisposable {
  readonly path: string;
  /** Gives it another size. */
  resize(bytes: number): Promise<void>;
}

/** Mounts one, which takes root. */
export async function openSmallDisk(bytes: number): Promise<SmallDisk> {
  const folder = await openStoreFolder();
  const run = async (...words: string[]) => assert.equal((await runCommand(words)).end, 0, words.join(" "));
  await run("mount", "-t", "tmpfs", "-o", `size=${bytes}`, "tmpfs", folder.path);
  const dispose = async () => {
    await run("umount", folder.path);
    await folder[Symbol.asyncDispose]();
  };
  return {
    path: folder.path,
    resize: (size) => run("mount", "-o", `remount,size=${size}`, folder.path),
    [Symbol.asyncDispose]: dispose,
  };
}
