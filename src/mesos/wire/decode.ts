import { BinaryReader, BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { originalBytes, passedOn, type WireMessage } from "./message.ts";
import { type Field, type FieldType, type Scalar, type Shape, shapeOf } from "./shape.ts";

/** Deepest nesting that is followed: a container's id nests itself, and the bytes are not ours. */
const maxDepth = 100;

/** Where a read stands: the bytes, and how many messages it is in. */
interface Input {
  bytes: Uint8Array;
  reader: BinaryReader;
  depth: number;
}

/**
 * Reads a message of the named type. What the schema does not know is kept in `$unknown`, as are enum values without a
 * name; required fields are not checked. Throws Error when the bytes are no such message.
 */
export function decodeMessage(name: string, bytes: Uint8Array): WireMessage {
  const shape = shapeOf(name);
  return readInto(createMessage(shape), shape, { bytes, reader: new BinaryReader(bytes), depth: 0 }, bytes.length);
}

function createMessage(shape: Shape): WireMessage {
  const message: WireMessage = Object.create(shape.defaults);
  message.$typeName = shape.name;
  for (const { name, label, oneof } of shape.fields) {
    if (label === "repeated") message[name] = [];
    else if (label === "map") message[name] = {};
    else if (label === "case") message[oneof] = { case: undefined };
  }
  return message;
}

function readInto(message: WireMessage, shape: Shape, input: Input, length: number): WireMessage {
  const { reader } = input;
  const end = reader.pos + length;
  if (++input.depth > maxDepth)
    throw new Error(`Cannot read ${shape.name}: found more than ${maxDepth} messages in one another`);
  if (end > reader.len) throw new Error(`Cannot read ${shape.name}: its end lies behind that of the bytes`);
  if (passedOn.has(shape.name)) keepBytes(message, input.bytes.subarray(reader.pos, end));
  while (reader.pos < end) {
    const [number, wireType] = reader.tag();
    const field = shape.byNumber.get(number);
    if (field) readField(message, field, input, wireType);
    else keepUnknown(message, number, wireType, reader.skip(wireType, number, maxDepth - input.depth));
  }
  if (reader.pos !== end) throw new Error(`Cannot read ${shape.name}: a field goes on behind its end`);
  input.depth--;
  return message;
}

/** A second occurrence is merged into the first (protobuf's rule), and then neither's bytes are the whole. */
function keepBytes(message: WireMessage, bytes: Uint8Array): void {
  const value = originalBytes in message ? undefined : bytes;
  Object.defineProperty(message, originalBytes, { value, configurable: true });
}

function keepUnknown(message: WireMessage, no: number, wireType: WireType, data: Uint8Array): void {
  message.$unknown ??= [];
  message.$unknown.push({ no, wireType, data });
}

function readField(message: WireMessage, field: Field, input: Input, wireType: WireType): void {
  const { name, label, type, oneof } = field;
  if (label === "map") return readMapEntry(message[name] as Record<string, unknown>, field, input);
  if (label === "repeated") return readElements(message, field, input, wireType);
  const choice = message[oneof] as { case?: string; value?: unknown } | undefined;
  const before = label === "case" ? (choice?.case === name ? choice.value : undefined) : message[name];
  const value = readValue(type, input, before);
  if (isNameless(type, value)) return keepUnknown(message, field.number, wireType, toVarint(value));
  if (label === "case") message[oneof] = { case: name, value };
  else message[name] = value;
}

/** Lists of numbers may come packed into one field, whatever the schema says. */
function readElements(message: WireMessage, field: Field, input: Input, wireType: WireType): void {
  const list = message[field.name] as unknown[];
  const isPacked = wireType === WireType.LengthDelimited && isPackable(field.type);
  const { reader } = input;
  const end = isPacked ? reader.uint32() + reader.pos : reader.pos + 1;
  while (reader.pos < end) {
    const value = readValue(field.type, input, undefined);
    if (isNameless(field.type, value)) keepUnknown(message, field.number, WireType.Varint, toVarint(value));
    else list.push(value);
  }
}

/** A map is a list of entries with the key in field 1 and the value in field 2, either of which may be left out. */
function readMapEntry(map: Record<string, unknown>, field: Field, input: Input): void {
  const { reader } = input;
  const end = reader.uint32() + reader.pos;
  let key = "";
  let value: unknown;
  while (reader.pos < end) {
    const [number, wireType] = reader.tag();
    if (number === 1) key = reader.string();
    else if (number === 2) value = readValue(field.type, input, undefined);
    else reader.skip(wireType, number);
  }
  if (value === undefined && field.type.kind === "message") value = createMessage(shapeOf(field.type.name));
  // Defined, not assigned: a key such as __proto__ is a key like any other.
  Object.defineProperty(map, key, { value, enumerable: true, configurable: true, writable: true });
}

function readValue(type: FieldType, input: Input, before: unknown): unknown {
  const { reader } = input;
  switch (type.kind) {
    case "enum":
      return reader.int32();
    case "scalar":
      return readScalar(reader, type.scalar);
    case "message": {
      const length = reader.uint32();
      const shape = shapeOf(type.name);
      return readInto((before as WireMessage | undefined) ?? createMessage(shape), shape, input, length);
    }
  }
}

function readScalar(reader: BinaryReader, scalar: Scalar): unknown {
  return reader[scalar]();
}

function isPackable(type: FieldType): boolean {
  return type.kind === "enum" || (type.kind === "scalar" && type.scalar !== "string" && type.scalar !== "bytes");
}

/** proto2 enums are closed: a number without a name is an unknown field. */
function isNameless(type: FieldType, value: unknown): value is number {
  return type.kind === "enum" && !type.numbers.includes(value as number);
}

function toVarint(value: number): Uint8Array {
  return new BinaryWriter().int32(value).finish();
}
