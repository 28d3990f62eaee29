import { create, type DescField, type DescMessage, type MessageShape, ScalarType } from "@bufbuild/protobuf";
import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { type Fields, planOf, scalarMethod, wireTypeOf } from "./plan.ts";

/** As in the library. ContainerID nests itself, and the bytes are not ours. */
const maxDepth = 100;

/** Where a read stands: the bytes, and how many messages it is in. */
type Input = { reader: BinaryReader; depth: number };

/** Decodes a message. What the schema does not know is kept in $unknown. Required fields are not checked. */
export function fromBinary<Desc extends DescMessage>(schema: Desc, bytes: Uint8Array): MessageShape<Desc> {
  const message = create(schema);
  read(schema, message as Fields, { reader: new BinaryReader(bytes), depth: 0 }, bytes.byteLength);
  return message;
}

function read(schema: DescMessage, message: Fields, input: Input, length: number): void {
  if (++input.depth > maxDepth) {
    throw new Error(`Cannot decode "${schema}": found more than ${maxDepth} messages in one another`);
  }
  const { byNumber } = planOf(schema);
  const { reader } = input;
  const end = reader.pos + length;
  while (reader.pos < end) {
    const [no, wireType] = reader.tag();
    const field = byNumber.get(no);
    if (field !== undefined) readField(field, message, input, wireType);
    else keepUnknown(message, no, wireType, reader.skip(wireType, no, maxDepth - input.depth));
  }
  input.depth--;
}

function readField(field: DescField, message: Fields, input: Input, wireType: WireType): void {
  const { reader } = input;
  switch (field.fieldKind) {
    case "scalar":
      return assign(field, message, reader[scalarMethod[field.scalar]]());
    case "message":
      return assign(field, message, readMessage(field.message, current(field, message), input));
    case "list":
      return readList(field, message[field.localName] as unknown[], input, wireType);
    case "map":
      return readMapEntry(field, message[field.localName] as object, input);
    case "enum": {
      const value = reader.int32();
      if (field.enum.value[value] !== undefined) return assign(field, message, value);
      // A closed enum: a number without a name counts as an unknown field.
      return keepUnknown(message, field.number, wireType, new BinaryWriter().int32(value).finish());
    }
  }
}

function keepUnknown(message: Fields, no: number, wireType: WireType, data: Uint8Array): void {
  message.$unknown ??= [];
  message.$unknown.push({ no, wireType, data });
}

function assign(field: DescField, message: Fields, value: unknown): void {
  if (field.oneof === undefined) message[field.localName] = value;
  else message[field.oneof.localName] = { case: field.localName, value };
}

/** What a message field holds so far: a second occurrence on the wire is merged into it. */
function current(field: DescField, message: Fields): unknown {
  if (field.oneof === undefined) return message[field.localName];
  const chosen = message[field.oneof.localName] as { case?: string; value?: unknown };
  return chosen.case === field.localName ? chosen.value : undefined;
}

function readMessage(schema: DescMessage, into: unknown, input: Input): unknown {
  const message = into ?? create(schema);
  read(schema, message as Fields, input, input.reader.uint32());
  return message;
}

function readList(field: DescField & { fieldKind: "list" }, items: unknown[], input: Input, wireType: WireType): void {
  if (field.listKind === "message") {
    items.push(readMessage(field.message, undefined, input));
    return;
  }
  const { reader } = input;
  const scalar = field.listKind === "enum" ? ScalarType.INT32 : field.scalar;
  if (wireType !== WireType.LengthDelimited || wireTypeOf(scalar) === WireType.LengthDelimited) {
    items.push(reader[scalarMethod[scalar]]());
    return;
  }
  // Packed: a sender may do so whatever the schema says.
  const end = reader.uint32() + reader.pos;
  while (reader.pos < end) items.push(reader[scalarMethod[scalar]]());
}

/** Entries are messages with the key in field 1 and the value in field 2. planOf() saw to the types. */
function readMapEntry(field: DescField & { fieldKind: "map" }, map: object, input: Input): void {
  const { reader } = input;
  let key = "";
  let value: unknown;
  const end = reader.uint32() + reader.pos;
  while (reader.pos < end) {
    const [no, wireType] = reader.tag();
    if (no === 1) key = reader.string();
    else if (no !== 2) reader.skip(wireType, no, maxDepth - input.depth);
    else value = field.mapKind === "message" ? readMessage(field.message, value, input) : reader.string();
  }
  value ??= field.mapKind === "message" ? create(field.message) : "";
  // Not by assignment: a key may be "__proto__".
  Object.defineProperty(map, key, { value, writable: true, enumerable: true, configurable: true });
}
