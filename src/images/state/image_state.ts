import { join } from "node:path";
import * as v from "valibot";
import { type Lease, leaseSchema } from "../leases/lease_schema.ts";
import { type Pin, pinSchema } from "../pins/pin.ts";
import { RecordFolder } from "./record_folder.ts";
import { type Arrival, arrivalSchema, type UseStamp, useStampSchema, type WarmRecord, warmSchema } from "./records.ts";
import { defaultStateFolder } from "./state_place.ts";

/** What is known of a host's images beside what the daemon tells: files that every process of the program may open. */
export interface ImageState {
  readonly folder: string;
  readonly pins: RecordFolder<Pin>;
  /** Images that were fetched ahead of need, by their reference. */
  readonly warm: RecordFolder<WarmRecord>;
  /** Where images have come from, by their ids. */
  readonly arrivals: RecordFolder<Arrival>;
  /** When launches have last used an image, by its reference. */
  readonly uses: RecordFolder<UseStamp>;
  readonly leases: RecordFolder<Lease>;
  /** File of the usage that was seen at one daemon. */
  usagePath(engineId: string): string;
}

/** Opens nothing: files and folders are made by the first who writes them. */
export function createImageState(folder: string = defaultStateFolder): ImageState {
  const at = (name: string) => join(folder, "images", name);
  return {
    folder,
    pins: new RecordFolder(at("pins"), { read: reader(pinSchema), durability: "full" }),
    warm: new RecordFolder(at("warm"), { read: reader(warmSchema), durability: "full" }),
    // An image of which it is lost that a registry has it is kept.
    arrivals: new RecordFolder(at("arrivals"), { read: reader(arrivalSchema), durability: "none" }),
    // Executors may run as another user each: whoever may write here may also use the daemon.
    uses: new RecordFolder(at("uses"), { read: reader(useStampSchema), durability: "none", mode: 0o1777 }),
    leases: new RecordFolder(at("leases"), { read: reader(leaseSchema), durability: "none", mode: 0o1777 }),
    usagePath: (engineId) => at(`usage-${engineId.replace(/[^A-Za-z0-9-]+/g, "_").slice(0, 100) || "engine"}.json`),
  };
}

/** Fields that a newer program has added are left alone. */
function reader<T>(schema: v.GenericSchema<unknown, T>): (value: unknown) => T {
  return (value) => {
    const result = v.safeParse(schema, value);
    if (result.success) return result.output;
    const [issue] = result.issues;
    throw new SyntaxError(`${v.getDotPath(issue) ?? "it"} is ${issue.received}, expected ${issue.expected}`);
  };
}
