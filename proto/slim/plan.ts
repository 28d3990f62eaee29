/**
 * What from_binary.ts and to_binary.ts need to know of a message.
 *
 * They give what the functions of the same names in @bufbuild/protobuf give, for proto2 without groups and packed lists.
 * The library compiles a reader and a writer for every message type within reach before it touches the first byte: from
 * an executor's Call that is the whole tree of TaskInfo. Here only types that occur are looked at. That is slower per
 * message and much faster to start, which suits a program that reads and writes a few dozen messages in its life.
 */
import { type DescField, type DescMessage, ScalarType } from "@bufbuild/protobuf";
import { WireType } from "@bufbuild/protobuf/wire";

/** A message as the codec sees it: fields by their local names. */
export type Fields = Record<string, unknown> & {
  $typeName?: string;
  $unknown?: { no: number; wireType: WireType; data: Uint8Array }[];
};

/** The fields of a message, by number and in the order of writing. */
export type Plan = { byNumber: Map<number, DescField>; sorted: DescField[] };

const editionProto2 = 998;
const plans = new WeakMap<DescMessage, Plan>();

/** Looks at the fields of a message. Throws TypeError for a schema that is more than plain proto2. */
export function planOf(schema: DescMessage): Plan {
  let plan = plans.get(schema);
  if (plan === undefined) {
    const odd = schema.fields.find(isOdd);
    if (odd !== undefined || schema.file.edition !== editionProto2) {
      throw new TypeError(`Cannot use "${odd ?? schema}": found more than plain proto2`);
    }
    const sorted = schema.fields.toSorted((a, b) => a.number - b.number);
    plan = { sorted, byNumber: new Map(sorted.map((field) => [field.number, field])) };
    plans.set(schema, plan);
  }
  return plan;
}

/** Groups, packed lists, 64-bit integers as text, maps other than string to string or message: Mesos has none. */
function isOdd(field: DescField): boolean {
  switch (field.fieldKind) {
    case "message":
      return field.delimitedEncoding;
    case "list":
      return field.packed || (field.listKind === "message" && field.delimitedEncoding) || hasTextLongs(field);
    case "map":
      return field.mapKey !== ScalarType.STRING || (field.mapKind !== "message" && field.scalar !== ScalarType.STRING);
    default:
      return hasTextLongs(field);
  }
}

function hasTextLongs(field: DescField): boolean {
  return "longAsString" in field && field.longAsString;
}

/** Methods of BinaryReader and BinaryWriter by scalar type. */
export const scalarMethod = {
  [ScalarType.DOUBLE]: "double",
  [ScalarType.FLOAT]: "float",
  [ScalarType.INT64]: "int64",
  [ScalarType.UINT64]: "uint64",
  [ScalarType.INT32]: "int32",
  [ScalarType.FIXED64]: "fixed64",
  [ScalarType.FIXED32]: "fixed32",
  [ScalarType.BOOL]: "bool",
  [ScalarType.STRING]: "string",
  [ScalarType.BYTES]: "bytes",
  [ScalarType.UINT32]: "uint32",
  [ScalarType.SFIXED32]: "sfixed32",
  [ScalarType.SFIXED64]: "sfixed64",
  [ScalarType.SINT32]: "sint32",
  [ScalarType.SINT64]: "sint64",
} as const;

/** How a scalar lies on the wire. */
export function wireTypeOf(scalar: ScalarType): WireType {
  switch (scalar) {
    case ScalarType.STRING:
    case ScalarType.BYTES:
      return WireType.LengthDelimited;
    case ScalarType.DOUBLE:
    case ScalarType.FIXED64:
    case ScalarType.SFIXED64:
      return WireType.Bit64;
    case ScalarType.FLOAT:
    case ScalarType.FIXED32:
    case ScalarType.SFIXED32:
      return WireType.Bit32;
    default:
      return WireType.Varint;
  }
}
