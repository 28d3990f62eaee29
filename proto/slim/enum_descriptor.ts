import type { DescEnum, DescEnumValue, DescFile, DescMessage } from "@bufbuild/protobuf";
import { type EnumRow, noProto, type TypeIndex } from "./table.ts";

/** An enum whose values are built when first asked for. */
export class SlimEnum implements DescEnum {
  readonly kind = "enum";
  readonly open = false;
  readonly deprecated = false;
  readonly name: string;
  readonly typeName: string;
  readonly sharedPrefix: string | undefined;
  readonly file: DescFile;
  readonly parent: DescMessage | undefined;
  readonly #row: EnumRow;
  #values: DescEnumValue[] | undefined;
  #value: Record<number, DescEnumValue> | undefined;

  constructor(row: EnumRow, file: DescFile & TypeIndex, parent: DescMessage | undefined, scope: string) {
    this.name = row[0];
    this.typeName = `${scope}.${row[0]}`;
    this.sharedPrefix = row[1] || undefined;
    this.file = file;
    this.parent = parent;
    this.#row = row;
    file.add(this);
  }
  get values(): DescEnumValue[] {
    const prefix = this.sharedPrefix?.length ?? 0;
    this.#values ??= this.#row[2].map(([name, number]) => new SlimEnumValue(this, name, name.slice(prefix), number));
    return this.#values;
  }
  get value(): Record<number, DescEnumValue> {
    this.#value ??= Object.fromEntries(this.values.map((value) => [value.number, value]));
    return this.#value;
  }
  get proto(): never {
    return noProto(this);
  }
  toString(): string {
    return `enum ${this.typeName}`;
  }
}

class SlimEnumValue implements DescEnumValue {
  readonly kind = "enum_value";
  readonly deprecated = false;
  readonly parent: DescEnum;
  readonly name: string;
  readonly localName: string;
  readonly jsonName: string;
  readonly number: number;

  constructor(parent: DescEnum, name: string, localName: string, number: number) {
    this.parent = parent;
    this.name = name;
    this.localName = localName;
    this.jsonName = name;
    this.number = number;
  }
  get proto(): never {
    return noProto(this);
  }
  toString(): string {
    return `enum value ${this.parent.typeName}.${this.name}`;
  }
}
