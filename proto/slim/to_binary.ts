import { type DescField, type DescMessage, type MessageShape, ScalarType } from "@bufbuild/protobuf";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { type Fields, planOf, scalarMethod, wireTypeOf } from "./plan.ts";

const legacyRequired = 3;

/** Encodes a message: fields by number, then $unknown. Throws when a required field is unset or a value has a wrong type. */
export function toBinary<Desc extends DescMessage>(schema: Desc, message: MessageShape<Desc>): Uint8Array<ArrayBuffer> {
  const writer = new BinaryWriter();
  write(schema, message as Fields, writer);
  return writer.finish();
}

function write(schema: DescMessage, message: Fields, writer: BinaryWriter): void {
  if (message.$typeName !== schema.typeName) {
    throw new TypeError(`Cannot encode "${schema}": found ${message.$typeName ?? typeof message}`);
  }
  for (const field of planOf(schema).sorted) writeField(field, message, writer);
  for (const { no, wireType, data } of message.$unknown ?? []) writer.tag(no, wireType).raw(data);
}

function writeField(field: DescField, message: Fields, writer: BinaryWriter): void {
  const value = message[field.localName];
  if (field.fieldKind === "list") {
    for (const item of value as unknown[]) writeValue(field, field.number, item, writer);
  } else if (field.fieldKind === "map") {
    for (const [key, item] of Object.entries(value as object)) {
      writer.tag(field.number, WireType.LengthDelimited).fork();
      writer.tag(1, WireType.LengthDelimited).string(key);
      writeValue(field, 2, item, writer);
      writer.join();
    }
  } else if (field.oneof !== undefined) {
    const chosen = message[field.oneof.localName] as { case?: string; value?: unknown };
    if (chosen.case === field.localName) writeValue(field, field.number, chosen.value, writer);
  } else if (value !== undefined && Object.hasOwn(message, field.localName)) {
    // Own properties alone are set: default values lie on the prototype.
    writeValue(field, field.number, value, writer);
  } else if (field.presence === legacyRequired) {
    throw new Error(`Cannot encode "${field}": found no value for a required field`);
  }
}

/** Writes a single value, a list item or a map value, with its tag. */
function writeValue(field: DescField, no: number, value: unknown, writer: BinaryWriter): void {
  if (field.message !== undefined) {
    writer.tag(no, WireType.LengthDelimited).fork();
    write(field.message, value as Fields, writer);
    writer.join();
    return;
  }
  const scalar = field.enum === undefined ? field.scalar : ScalarType.INT32;
  writer.tag(no, wireTypeOf(scalar));
  const method = scalarMethod[scalar];
  try {
    (writer[method] as (value: unknown) => BinaryWriter).call(writer, value);
  } catch (cause) {
    throw new TypeError(`Cannot encode "${field}": ${(cause as Error).message}`, { cause });
  }
}
