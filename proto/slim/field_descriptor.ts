import type { DescEnum, DescField, DescMessage, DescOneof } from "@bufbuild/protobuf";
import { type FieldRow, noProto, type TypeIndex } from "./table.ts";

/** FeatureSet.FieldPresence of descriptor.proto. */
const presence = { optional: 1, repeated: 2, map: 2, required: 3 } as const;
const stringType = 9;

/** A oneof group. The message that makes it fills in the fields. */
export class SlimOneof implements DescOneof {
  readonly kind = "oneof";
  readonly deprecated = false;
  readonly parent: DescMessage;
  readonly fields: DescField[] = [];
  readonly name: string;
  readonly localName: string;

  constructor(parent: DescMessage, name: string, localName: string) {
    this.parent = parent;
    this.name = name;
    this.localName = localName;
  }
  get proto(): never {
    return noProto(this);
  }
  toString(): string {
    return `oneof ${this.parent.typeName}.${this.name}`;
  }
}

/** One class for all members of the union DescField: fieldKind tells which of the properties are set. */
export class SlimField {
  readonly kind = "field";
  readonly utf8Validation = false;
  readonly longAsString = false;
  readonly number: number;
  readonly name: string;
  readonly localName: string;
  readonly jsonName: string;
  readonly parent: DescMessage;
  readonly oneof: DescOneof | undefined;
  readonly deprecated: boolean;
  readonly presence: number;
  readonly fieldKind: "scalar" | "enum" | "message" | "list" | "map";
  readonly listKind: "scalar" | "enum" | "message" | undefined;
  readonly mapKind: "scalar" | "enum" | "message" | undefined;
  readonly mapKey: number | undefined;
  readonly scalar: number | undefined;
  readonly message: DescMessage | undefined;
  readonly enum: DescEnum | undefined;
  readonly packed: false | undefined;
  readonly delimitedEncoding: false | undefined;
  readonly #default: string | number | boolean | undefined;

  constructor(row: FieldRow, parent: DescMessage, oneof: DescOneof | undefined, types: TypeIndex) {
    const [number, name, localName, label, type, defaultValue] = row;
    const found = typeof type === "string" ? types.find(type) : undefined;
    const kind = found?.kind ?? "scalar";
    this.number = number;
    this.name = name;
    this.localName = localName || name;
    this.jsonName = this.localName;
    this.parent = parent;
    this.oneof = oneof;
    this.deprecated = row[7] === 1;
    this.presence = presence[label];
    this.fieldKind = label === "map" ? "map" : label === "repeated" ? "list" : kind;
    this.listKind = label === "repeated" ? kind : undefined;
    this.mapKind = label === "map" ? kind : undefined;
    this.mapKey = label === "map" ? stringType : undefined;
    this.scalar = typeof type === "number" ? type : undefined;
    this.message = found?.kind === "message" ? found : undefined;
    this.enum = found?.kind === "enum" ? found : undefined;
    this.packed = label === "repeated" ? false : undefined;
    this.delimitedEncoding = label === "map" || kind === "message" ? false : undefined;
    this.#default = defaultValue ?? undefined;
  }
  getDefaultValue(): string | number | boolean | undefined {
    return this.#default;
  }
  get proto(): never {
    return noProto(this);
  }
  toString(): string {
    return `field ${this.parent.typeName}.${this.name}`;
  }
}
