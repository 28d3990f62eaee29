import type { ProcessIdentity, ProcessSight } from "../../runtime/process_identity.ts";

/** Whether an owner may live. One in another namespace of pids cannot be looked at: it does as long as the boot lasts. */
export function mayLive(owner: ProcessIdentity, { world, readStart }: ProcessSight): boolean {
  if (owner.bootId !== world.bootId) return false;
  return owner.pidNamespace !== world.pidNamespace || readStart(owner.pid) === owner.startTime;
}
