import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { messageOf } from "../../notation/thrown.ts";
import { type Choice, originalBytes, type WireMessage } from "./message.ts";
import { type Field, type FieldType, type Scalar, type Shape, shapeOf } from "./shape.ts";

const scalarWireTypes: Readonly<Record<Scalar, WireType>> = {
  bool: WireType.Varint,
  int32: WireType.Varint,
  int64: WireType.Varint,
  uint32: WireType.Varint,
  uint64: WireType.Varint,
  double: WireType.Bit64,
  float: WireType.Bit32,
  bytes: WireType.LengthDelimited,
  string: WireType.LengthDelimited,
};

/**
 * Bytes of a message of the named type: its own set properties by field number, then what was unknown. A message that
 * is passed on whole is written as it was read. Throws TypeError when a required field is unset or a value has a wrong
 * type.
 */
export function encodeMessage(name: string, message: object): Uint8Array {
  const writer = new BinaryWriter();
  writeMessage(shapeOf(name), message as WireMessage, writer);
  return writer.finish();
}

function writeMessage(shape: Shape, message: WireMessage, writer: BinaryWriter): void {
  const original = message[originalBytes];
  if (original instanceof Uint8Array) {
    writer.raw(original);
    return;
  }
  for (const field of shape.fields) writeField(shape, field, message, writer);
  for (const { no, wireType, data } of message.$unknown ?? []) writer.tag(no, wireType).raw(data);
}

function writeField(shape: Shape, field: Field, message: WireMessage, writer: BinaryWriter): void {
  const { name, label, type, number } = field;
  // Own properties alone are set: defaults lie on the prototype.
  const value = Object.hasOwn(message, name) ? message[name] : undefined;
  try {
    if (label === "case") {
      const choice = message[field.oneof] as Choice | undefined;
      if (choice?.case === name) writeValue(type, number, choice.value, writer);
    } else if (value === undefined) {
      if (label === "required") throw new TypeError("found no value for a required field");
    } else if (label === "repeated") {
      for (const element of value as unknown[]) writeValue(type, number, element, writer);
    } else if (label === "map") {
      for (const entry of Object.entries(value as object)) writeMapEntry(field, entry, writer);
    } else {
      writeValue(type, number, value, writer);
    }
  } catch (cause) {
    if (cause instanceof FieldError) throw cause;
    throw new FieldError(`Cannot write ${shape.name}.${name}: ${messageOf(cause)}`, {
      cause,
    });
  }
}

/** Names the innermost field, once. */
class FieldError extends TypeError {}

function writeMapEntry(field: Field, [key, value]: [string, unknown], writer: BinaryWriter): void {
  writer.tag(field.number, WireType.LengthDelimited).fork();
  writer.tag(1, WireType.LengthDelimited).string(key);
  writeValue(field.type, 2, value, writer);
  writer.join();
}

function writeValue(type: FieldType, number: number, value: unknown, writer: BinaryWriter): void {
  switch (type.kind) {
    case "message":
      writer.tag(number, WireType.LengthDelimited).fork();
      writeMessage(shapeOf(type.name), value as WireMessage, writer);
      writer.join();
      return;
    case "enum":
      writer.tag(number, WireType.Varint).int32(value as number);
      return;
    case "scalar":
      writer.tag(number, scalarWireTypes[type.scalar]);
      (writer[type.scalar] as (value: unknown) => BinaryWriter).call(writer, value);
  }
}
