/** A message in memory, of the form that protoc-gen-es declares: own properties are set fields, the rest are defaults. */
export type WireMessage = Record<string | symbol, unknown> & { $typeName?: string; $unknown?: UnknownField[] };

/** A field that this schema does not know; it is written back as it came. */
export interface UnknownField {
  no: number;
  wireType: number;
  data: Uint8Array;
}

/** A oneof: the name of the case that is set, and its value. */
export interface Choice {
  case: string | undefined;
  value?: unknown;
}

/**
 * Holds the bytes that a message was read from, for messages that are passed on whole. Written again from its fields
 * such a message could fail: an enum value newer than this schema leaves a required field unset.
 */
export const originalBytes: unique symbol = Symbol("original bytes");

/** Messages that an executor passes on: the tasks that its SUBSCRIBE lists. */
export const passedOn: ReadonlySet<string> = new Set(["mesos.v1.TaskInfo"]);
