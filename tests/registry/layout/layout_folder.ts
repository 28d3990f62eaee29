import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type LayoutOptions, openLayoutRegistry } from "../../../registry/layout/layout_registry.ts";

/** A folder that is removed at the end. */
export async function layoutFolder(): Promise<AsyncDisposable & { readonly root: string }> {
  const root = await mkdtemp(join(tmpdir(), "layout-registry-"));
  return { root, [Symbol.asyncDispose]: () => rm(root, { recursive: true, force: true }) };
}

export function openQuickly(root: string, options: LayoutOptions = {}) {
  return openLayoutRegistry(root, { durability: "none", ...options });
}
