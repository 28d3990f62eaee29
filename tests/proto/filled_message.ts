import { create, type DescField, type DescMessage, type Message, ScalarType } from "@bufbuild/protobuf";

/** A message with every field set, down to a depth: two items in lists, two entries in maps, one case of a oneof. */
export function filledMessage(schema: DescMessage, depth = 3): Message {
  const message = create(schema) as Message & Record<string, unknown>;
  for (const member of schema.members) {
    const field = member.kind === "oneof" ? member.fields.at(-1) : member;
    if (field === undefined || (field.message !== undefined && depth <= 0 && field.presence !== 3)) continue;
    if (member.kind === "oneof")
      message[member.localName] = { case: field.localName, value: filledValue(field, depth) };
    else message[member.localName] = filledField(member, depth);
  }
  return message;
}

function filledField(field: DescField, depth: number): unknown {
  if (field.fieldKind === "list") return [filledValue(field, depth), filledValue(field, depth)];
  if (field.fieldKind !== "map") return filledValue(field, depth);
  const map = { key: filledValue(field, depth) };
  return Object.defineProperty(map, "__proto__", {
    value: filledValue(field, depth),
    enumerable: true,
    writable: true,
  });
}

function filledValue(field: DescField, depth: number): unknown {
  if (field.message !== undefined) return filledMessage(field.message, depth - 1);
  if (field.enum !== undefined) return field.enum.values.at(-1)?.number;
  switch (field.scalar) {
    case ScalarType.BOOL:
      return true;
    case ScalarType.STRING:
      return `${field.name} ☃`;
    case ScalarType.BYTES:
      return new Uint8Array([0, field.number, 255]);
    case ScalarType.DOUBLE:
      return Number.POSITIVE_INFINITY;
    case ScalarType.INT64:
      return -(2n ** 63n);
    case ScalarType.UINT64:
      return 2n ** 64n - 1n;
    case ScalarType.INT32:
      return -field.number;
    default:
      return 2 ** 31 + field.number;
  }
}
