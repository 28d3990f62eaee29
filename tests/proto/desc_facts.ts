import type { DescEnum, DescField, DescFile, DescMessage } from "@bufbuild/protobuf";

/** All messages declared in a file or message, nested ones after those around them. */
export function messagesOf(parent: DescFile | DescMessage): DescMessage[] {
  const messages = parent.kind === "file" ? parent.messages : parent.nestedMessages;
  return messages.flatMap((message) => [message, ...messagesOf(message)]);
}

/** What @bufbuild/protobuf may ask of an enum, without its links. */
export function enumFacts(type: DescEnum): unknown {
  const { kind, name, typeName, open, sharedPrefix, deprecated } = type;
  const values = type.values.map((value) => {
    const { kind, name, localName, jsonName, number, deprecated } = value;
    return { kind, text: `${value}`, name, localName, jsonName, number, deprecated, parent: value.parent === type };
  });
  const numbers = Object.entries(type.value).map(([number, value]) => [number, value.name]);
  const scope = { file: `${type.file}`, parent: `${type.parent}` };
  return { kind, text: `${type}`, name, typeName, open, sharedPrefix, deprecated, values, numbers, ...scope };
}

/** What @bufbuild/protobuf may ask of a message, without its links and what is declared in it. */
export function messageFacts(message: DescMessage): unknown {
  const { kind, name, typeName, deprecated } = message;
  return {
    ...{ kind, text: `${message}`, name, typeName, deprecated },
    ...{ file: `${message.file}`, edition: message.file.edition, parent: `${message.parent}` },
    fields: message.fields.map(fieldFacts),
    byName: Object.entries(message.field).map(([name, field]) => [name, field.number]),
    members: message.members.map(String),
    oneofs: message.oneofs.map((oneof) => {
      const { kind, name, localName, deprecated } = oneof;
      const fields = oneof.fields.map(String);
      return { kind, text: `${oneof}`, name, localName, deprecated, fields, parent: oneof.parent === message };
    }),
  };
}

const plain = [
  ...["kind", "name", "number", "localName", "jsonName", "deprecated", "presence", "utf8Validation"],
  ...["fieldKind", "listKind", "mapKind", "mapKey", "scalar", "packed", "delimitedEncoding", "longAsString"],
];

/** Properties that some kinds of field lack are undefined there. */
function fieldFacts(field: DescField): unknown {
  const properties = field as unknown as Record<string, unknown>;
  return {
    ...Object.fromEntries(plain.map((key) => [key, properties[key]])),
    text: `${field}`,
    parent: field.parent.typeName,
    oneof: `${field.oneof}`,
    message: field.message?.typeName,
    enum: field.enum && enumFacts(field.enum),
    default: "getDefaultValue" in field ? field.getDefaultValue?.() : undefined,
  };
}
