import * as v from "valibot";

const text = v.pipe(v.string(), v.nonEmpty());

/** Milliseconds since the epoch, of which dates have no more than these. */
const moment = v.pipe(v.number(), v.finite(), v.maxValue(8.64e15));

/** An image that was fetched ahead of need. */
export const warmSchema = v.object({
  /** As the warm set names it. */
  reference: text,
  imageId: text,
  warmedAtMs: moment,
  /** Nothing collects it until then; absent: until the record is taken away. */
  protectedUntilMs: v.optional(moment),
  /** File of the warm set that names it; absent for what was named on a command line. */
  set: v.optional(text),
});

/** Protection of an image that was fetched ahead of need. */
export type WarmRecord = v.InferOutput<typeof warmSchema>;

/** Where an image has come from, for stores of images that do not remember. */
export const arrivalSchema = v.object({ imageId: text, reference: text, atMs: moment });

/** An image that came from a registry, so that it can be had again. */
export type Arrival = v.InferOutput<typeof arrivalSchema>;

/** The last launch that has used an image. */
export const useStampSchema = v.object({ reference: text, imageId: v.optional(text), atMs: moment });

/** See {@link useStampSchema}. */
export type UseStamp = v.InferOutput<typeof useStampSchema>;
