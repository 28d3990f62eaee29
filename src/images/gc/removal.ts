import { type Engine, EngineError, type ImageInspect } from "../../docker/mod.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { InventoryImage } from "../inventory/inventory.ts";
import { announceRemoval } from "../leases/leases.ts";
import type { ImageState } from "../state/image_state.ts";

/** Names that are taken from one image at most. */
const mostNames = 1000;

/** What removing takes. */
export interface RemovalParts {
  readonly engine: Engine;
  readonly state: ImageState;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
}

/** What has become of an image: removed, kept for a reason that came up since it was looked at, or left by a failure. */
export type RemovalOutcome =
  | { readonly kind: "removed" }
  | { readonly kind: "used" | "leased" | "renamed" | "failed"; readonly detail: string };

/**
 * Removes an image by taking one name after the other, never by force. Launches that have it in hand are respected, and those
 * that come wait. When the daemon refuses the last name, those that were taken are given back. Throws EngineError when the
 * daemon cannot be asked.
 */
export async function removeUnused(image: InventoryImage, parts: RemovalParts): Promise<RemovalOutcome> {
  const { engine, state, clock, signal } = parts;
  const known = [...image.names, ...image.digests];
  await using removal = await announceRemoval(state, [image.id, ...known], { clock });
  const [lease] = removal.users;
  if (lease) return { kind: "leased", detail: `${lease.purpose}, process ${lease.owner.pid}` };
  const containers = await engine.listContainers({ all: true, ...(signal ? { signal } : {}) });
  const container = containers.find(({ ImageID, Image }) => ImageID === image.id || known.includes(Image));
  if (container) return { kind: "used", detail: `container ${container.Id.slice(0, 12)} (${container.State})` };
  return await takeNames(image, known, engine);
}

/** Once begun it is gone through with: a signal in the middle would leave an image with half its names. */
async function takeNames(image: InventoryImage, known: readonly string[], engine: Engine): Promise<RemovalOutcome> {
  const taken: string[] = [];
  for (let round = 0; round < mostNames; round++) {
    const found = await engine.inspectImage(image.id);
    if (found === undefined) return await takeRest(image, known, engine);
    const name = chooseName(found, taken);
    if (name !== undefined && !known.includes(name)) {
      await giveBack(image.id, taken, engine);
      return { kind: "renamed", detail: `it is called ${name} by now` };
    }
    try {
      await engine.removeImage(name ?? image.id);
    } catch (error) {
      const outcome = toOutcome(error);
      await giveBack(image.id, taken, engine);
      return outcome;
    }
    if (name === undefined) return { kind: "removed" };
    taken.push(name);
  }
  return { kind: "failed", detail: `it has more than ${mostNames} names` };
}

/**
 * The daemon does not tell of it: because it has gone, or because it has nothing of it for this machine. Then its names
 * are all that can be gone by, as long as they do not lead elsewhere by now.
 */
async function takeRest({ id }: InventoryImage, known: readonly string[], engine: Engine): Promise<RemovalOutcome> {
  try {
    for (const name of known.length > 0 ? known : [id]) {
      const found = await engine.inspectImage(name);
      if (found === undefined || found.Id === id) await engine.removeImage(name);
    }
    return { kind: "removed" };
  } catch (error) {
    return toOutcome(error);
  }
}

/** What a refusal means; throws what is none. */
function toOutcome(error: unknown): RemovalOutcome {
  if (!(error instanceof EngineError) || error.status === undefined) throw error;
  return { kind: error.code === "conflict" ? "used" : "failed", detail: error.message };
}

/** One that it has still: a tag before a digest, which goes with the last tag of its repository. */
function chooseName({ RepoTags, RepoDigests }: ImageInspect, taken: readonly string[]): string | undefined {
  return [...RepoTags, ...RepoDigests].find((name) => !taken.includes(name));
}

/** Names with a digest cannot be given. */
async function giveBack(id: string, taken: readonly string[], engine: Engine): Promise<void> {
  for (const name of taken.filter((one) => !one.includes("@"))) await engine.tagImage(id, name);
}
