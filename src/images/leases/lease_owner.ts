import process from "node:process";
import { readProcessStart } from "../../runtime/process_start.ts";
import { type ProcessWorld, readProcessWorld } from "../../runtime/process_world.ts";
import type { LeaseOwner } from "./lease_schema.ts";

/** What is looked at to tell whether an owner lives; tests put their own in its place. */
export interface OwnerWorld {
  world: ProcessWorld;
  readStart: (pid: number) => string | undefined;
}

/** Of this process. */
export function readOwnerWorld(): OwnerWorld {
  return { world: readProcessWorld(), readStart: readProcessStart };
}

/** This process as an owner. */
export function readOwnProcess({ world, readStart }: OwnerWorld): LeaseOwner {
  const startTime = readStart(process.pid);
  if (startTime === undefined) throw new Error(`Cannot own a lease: process ${process.pid} is not in /proc`);
  return { pid: process.pid, startTime, ...world };
}

/** Whether an owner may live. One in another namespace of pids cannot be looked at: it does as long as the boot lasts. */
export function mayLive(owner: LeaseOwner, { world, readStart }: OwnerWorld): boolean {
  if (owner.bootId !== world.bootId) return false;
  return owner.pidNamespace !== world.pidNamespace || readStart(owner.pid) === owner.startTime;
}
