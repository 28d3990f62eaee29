import { type DescField, type DescMessage, type Message, ScalarType } from "@bufbuild/protobuf";

/** A field that is no message itself, with those around it. */
export interface Leaf {
  /** Names as they stand in the schema, e.g. `container.docker.image`. */
  readonly path: string;
  readonly fields: readonly DescField[];
}

/**
 * Every field below a message that is no message itself. A message inside of itself is not entered again, and counts as
 * a leaf as one without fields does.
 */
export function listLeaves(root: DescMessage, above: readonly DescField[] = []): Leaf[] {
  return root.fields.flatMap((field) => {
    const fields = [...above, field];
    const entered = [above[0]?.parent ?? root, ...above.map((one) => one.message)].map((one) => one?.typeName);
    const { message } = field;
    if (message && message.fields.length > 0 && !entered.includes(message.typeName)) return listLeaves(message, fields);
    return [{ path: fields.map(({ name }) => name).join("."), fields }];
  });
}

/** A message, as it is written down, in which only one leaf is set. */
export function setOnly([field, ...below]: readonly DescField[]): Record<string, unknown> {
  if (!field) return {};
  const value = field.message ? setOnly(below) : toSample(field);
  if (field.oneof) return { [field.oneof.localName]: { case: field.localName, value } };
  return {
    [field.localName]: field.fieldKind === "list" ? [value] : field.fieldKind === "map" ? { cpus: value } : value,
  };
}

function toSample(field: DescField): unknown {
  if (field.enum) return field.enum.values.at(-1)?.number;
  switch (field.scalar) {
    case ScalarType.STRING:
      return "specimen";
    case ScalarType.BOOL:
      return true;
    case ScalarType.BYTES:
      return new Uint8Array([1]);
    case ScalarType.INT64:
    case ScalarType.UINT64:
      return 1n;
    default:
      return 1;
  }
}

/** Whether a leaf is set somewhere in a message: a field of its own, not the default that stands for an absent one. */
export function isSet(message: Message, [field, ...below]: readonly DescField[]): boolean {
  if (!field) return true;
  const found = valuesOf(message, field);
  return found.some((value) => below.length === 0 || isSet(value as Message, below));
}

function valuesOf(message: Message, field: DescField): readonly unknown[] {
  const record = message as unknown as Record<string, unknown>;
  if (field.oneof) {
    const chosen = record[field.oneof.localName] as { case?: string; value?: unknown };
    return chosen.case === field.localName ? [chosen.value] : [];
  }
  if (!Object.hasOwn(record, field.localName)) return [];
  const value = record[field.localName];
  if (field.fieldKind === "list") return value as unknown[];
  if (field.fieldKind === "map") return Object.values(value as object);
  return value === undefined ? [] : [value];
}
