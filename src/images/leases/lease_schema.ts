import * as v from "valibot";

const text = v.pipe(v.string(), v.nonEmpty());

/** A `ProcessIdentity`. */
const ownerSchema = v.object({
  pid: v.pipe(v.number(), v.integer(), v.minValue(1)),
  startTime: text,
  bootId: text,
  pidNamespace: text,
});

/** What a process has to do with images for a moment. It ends when the process does, whatever ends that. */
export const leaseSchema = v.object({
  /** `use`: nobody removes it. `removal`: nobody begins to use it. */
  kind: v.picklist(["use", "removal"]),
  /** Names and ids of the images. */
  references: v.pipe(v.array(text), v.minLength(1)),
  /** For people: what for. */
  purpose: text,
  takenAtMs: v.number(),
  key: text,
  owner: ownerSchema,
});

/** See {@link leaseSchema}. */
export type Lease = v.InferOutput<typeof leaseSchema>;
