import { randomUUID } from "node:crypto";
import { type Clock, sleep, systemClock } from "../../runtime/clock.ts";
import { identifyOwnProcess, type ProcessSight, readProcessSight } from "../../runtime/process_identity.ts";
import { digestOf, toFullName } from "../image_name.ts";
import type { RecordFolder } from "../state/record_folder.ts";
import type { UseStamp } from "../state/records.ts";
import { StateError } from "../state/state_error.ts";
import { mayLive } from "./lease_owner.ts";
import type { Lease } from "./lease_schema.ts";

/** Pause before somebody who removes an image is looked at again. */
const lookAgainMs = 20;

/** What leases are kept in: part of an `ImageState`. */
export interface LeaseState {
  readonly leases: RecordFolder<Lease>;
  readonly uses: RecordFolder<UseStamp>;
}

/** Options of {@link takeLease} and {@link listLeases}. */
export interface LeaseOptions {
  clock?: Clock;
  signal?: AbortSignal;
  /** Of this process unless given. */
  surroundings?: ProcessSight;
}

/** What a launch takes for the time of its pull and create. */
export interface LeaseRequest {
  /** The image as the launch names it. */
  reference: string;
  /** When it is known already. */
  imageId?: string;
  /** For people, e.g. `task web.1`. */
  purpose: string;
}

/**
 * Keeps an image from being collected until disposed of, or until this process ends. It is taken before the daemon is
 * asked whether it has the image: whoever removes that at the moment is waited for, so that what is found then stays.
 * Disposing notes the use. Throws `StateError`, and the signal's reason.
 */
export async function takeLease(
  state: LeaseState,
  { reference, imageId, purpose }: LeaseRequest,
  options: LeaseOptions = {},
): Promise<AsyncDisposable> {
  const { clock = systemClock, signal } = options;
  const references = imageId === undefined ? [reference] : [reference, imageId];
  const lease = await put(state, { kind: "use", references, purpose }, options);
  try {
    for (;;) {
      const removals = (await listLeases(state, options)).filter(({ kind }) => kind === "removal");
      if (!removals.some((removal) => isAboutSame(removal, lease))) break;
      await sleep(clock, lookAgainMs, signal ? { signal } : {});
    }
  } catch (error) {
    await state.leases.remove(lease.key);
    throw error;
  }
  return {
    async [Symbol.asyncDispose]() {
      const use = { reference, atMs: clock.now(), ...(imageId === undefined ? {} : { imageId }) };
      // The use is there before the lease has gone, or it could be missed.
      await state.uses.put(toFullName(reference), use);
      await state.leases.remove(lease.key);
    },
  };
}

/**
 * Tells launches that an image is being removed, until disposed of. Gives the leases of those who were first: then it
 * must not be removed. Both sides write before they look, so that one of them at least sees the other.
 */
export async function announceRemoval(
  state: LeaseState,
  references: readonly string[],
  options: LeaseOptions = {},
): Promise<AsyncDisposable & { readonly users: readonly Lease[] }> {
  const own = await put(state, { kind: "removal", references: [...references], purpose: "removal" }, options);
  const release = { [Symbol.asyncDispose]: async () => void (await state.leases.remove(own.key)) };
  try {
    const leases = await listLeases(state, options);
    return { ...release, users: leases.filter((lease) => lease.kind === "use" && isAboutSame(lease, own)) };
  } catch (error) {
    await release[Symbol.asyncDispose]();
    throw error;
  }
}

/** The leases whose owners live; those of others are taken away. */
export async function listLeases(state: LeaseState, options: LeaseOptions = {}): Promise<Lease[]> {
  const surroundings = options.surroundings ?? readProcessSight();
  const living: Lease[] = [];
  for (const lease of await state.leases.list()) {
    if (mayLive(lease.owner, surroundings)) living.push(lease);
    else await forget(state, lease);
  }
  return living;
}

/** What is left of another user's process is for others to take away; it holds nothing meanwhile. */
async function forget({ leases }: LeaseState, { key }: Lease): Promise<void> {
  try {
    await leases.remove(key);
  } catch (error) {
    if (!(error instanceof StateError)) throw error;
  }
}

async function put(
  state: LeaseState,
  about: Pick<Lease, "kind" | "references" | "purpose">,
  { clock = systemClock, surroundings = readProcessSight() }: LeaseOptions,
): Promise<Lease> {
  const lease = { ...about, takenAtMs: clock.now(), key: randomUUID(), owner: identifyOwnProcess(surroundings) };
  await state.leases.put(lease.key, lease);
  return lease;
}

function isAboutSame(one: Lease, other: Lease): boolean {
  const names = new Set(one.references.flatMap(spellings));
  return other.references.some((reference) => spellings(reference).some((name) => names.has(name)));
}

/** The same content has one digest under all names. */
function spellings(reference: string): string[] {
  return [toFullName(reference), digestOf(reference) ?? ""].filter((name) => name !== "");
}
