/** The tables that generate.mjs writes in place of embedded file descriptors, and descriptors.ts reads. */
import type { DescEnum, DescMessage } from "@bufbuild/protobuf";

/** How often a field occurs. */
export type Label = "required" | "optional" | "repeated" | "map";
/**
 * A field. type is a ScalarType or the name of a message or enum; localName is 0
 * when equal to name; oneof is an index into the oneofs of the message.
 */
export type FieldRow = [
  number: number,
  name: string,
  localName: string | 0,
  label: Label,
  type: number | string,
  defaultValue?: string | number | boolean | null,
  oneof?: number | null,
  deprecated?: 1,
];
/** An enum. sharedPrefix is 0 when the names of its values do not begin alike. */
export type EnumRow = [name: string, sharedPrefix: string | 0, values: [name: string, number: number][]];
/** A oneof group. */
export type OneofRow = [name: string, localName: string];
/** A message. Columns that say nothing are left out at the end. */
export type MessageRow = [
  name: string,
  fields: FieldRow[],
  messages?: MessageRow[],
  enums?: EnumRow[],
  oneofs?: OneofRow[],
];
/** A whole file, as JSON in the generated code. */
export type FileRow = [name: string, packageName: string, messages: MessageRow[], enums: EnumRow[]];

/** Where descriptors put and find one another by name. */
export type TypeIndex = {
  add(type: DescMessage | DescEnum): void;
  find(typeName: string): DescMessage | DescEnum;
};

/** The library's descriptors keep their google.protobuf descriptor; these have none. */
export function noProto(subject: { toString(): string }): never {
  throw new Error(`Cannot read proto of "${subject}": slim descriptors have none, import the full schema`);
}
