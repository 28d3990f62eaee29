import { enumNumbers, type FieldRow, messageFields } from "../../../proto/slim/fields_pb.ts";

/** One field of a message, as the codec walks it. */
export interface Field {
  number: number;
  /** Name of the property; a case of a oneof stands in the property of that name instead. */
  name: string;
  label: "required" | "optional" | "repeated" | "map" | "case";
  type: FieldType;
  /** Property of the oneof that this is a case of. */
  oneof: string;
}

/** What a field, an element of a list, or a map's value is. */
export type FieldType =
  | { kind: "message"; name: string }
  | { kind: "enum"; numbers: readonly number[] }
  | { kind: "scalar"; scalar: Scalar };

/** Scalar types that occur in the executor API. */
export type Scalar = "bool" | "bytes" | "double" | "float" | "int32" | "int64" | "string" | "uint32" | "uint64";

/** A message type: its fields by number, and the prototype from which unset fields read as their defaults. */
export interface Shape {
  name: string;
  fields: readonly Field[];
  byNumber: ReadonlyMap<number, Field>;
  defaults: object;
}

const labels = { "!": "required", "?": "optional", "*": "repeated", "%": "map", "|": "case" } as const;

const shapes = new Map<string, Shape>();

/** The shape of a message type, made from its table when it is first asked for. */
export function shapeOf(name: string): Shape {
  const known = shapes.get(name);
  if (known) return known;
  const rows = messageFields[name];
  if (!rows) throw new TypeError(`Cannot find message "${name}": it is not part of the executor API`);
  const fields = rows.map(toField);
  const shape: Shape = {
    name,
    fields,
    byNumber: new Map(fields.map((field) => [field.number, field])),
    defaults: Object.fromEntries(fields.flatMap((field, index) => toDefault(field, rows[index]?.[4]))),
  };
  shapes.set(name, shape);
  return shape;
}

function toField([number, name, label, type, extra]: FieldRow): Field {
  return { number, name, label: labels[label], type: toType(type), oneof: label === "|" ? String(extra) : "" };
}

function toType(type: string): FieldType {
  const name = type.slice(1);
  if (type.startsWith("@")) return { kind: "message", name };
  if (type.startsWith("#")) return { kind: "enum", numbers: enumNumbers[name] ?? [] };
  return { kind: "scalar", scalar: type as Scalar };
}

/** Singular scalars and enums have defaults; lists, maps and oneofs are always there, messages are absent. */
function toDefault({ name, label, type }: Field, stated: unknown): [string, unknown][] {
  if (label !== "required" && label !== "optional") return [];
  return type.kind === "message" ? [] : [[name, stated ?? toZero(type)]];
}

function toZero(type: Exclude<FieldType, { kind: "message" }>): unknown {
  if (type.kind === "enum") return type.numbers[0];
  switch (type.scalar) {
    case "string":
      return "";
    case "bool":
      return false;
    case "bytes":
      return new Uint8Array();
    case "int64":
    case "uint64":
      return 0n;
    default:
      return 0;
  }
}
