/**
 * Descriptors that are built when they are first used.
 *
 * The generated files of this folder import fileDesc(), messageDesc() and enumDesc() from here instead of from
 * @bufbuild/protobuf/codegenv2. The library's own fileDesc() boots descriptor.proto, decodes the whole file descriptor
 * and links every field of every message before the program's first line: most of an executor's start. Here a file is a
 * JSON table (written by generate.mjs) that the engine parses natively, and a message links its fields on first use.
 *
 * Only what the table can say is supported: proto2, no groups, no packed lists, no extensions, maps with string keys.
 * generate.mjs refuses other files; tests/proto/slim_test.ts compares every descriptor with the library's own.
 */
import type { DescEnum, DescField, DescFile, DescMessage, DescOneof, Message } from "@bufbuild/protobuf";
import type { GenEnum, GenFile, GenMessage } from "@bufbuild/protobuf/codegenv2";
import { SlimEnum } from "./enum_descriptor.ts";
import { SlimField, SlimOneof } from "./field_descriptor.ts";
import { type FileRow, type MessageRow, noProto, type TypeIndex } from "./table.ts";

const editionProto2 = 998;

/** Makes the descriptor of a file from its table. */
export function fileDesc(table: string, imports: DescFile[] = []): GenFile {
  return new SlimFile(JSON.parse(table) as FileRow, imports);
}

/** Finds a message of a file by its index, or the indexes of those around it. */
export function messageDesc<Shape extends Message>(
  file: DescFile,
  path: number,
  ...paths: number[]
): GenMessage<Shape> {
  let message = file.messages[path];
  for (const index of paths) message = message?.nestedMessages[index];
  return message as unknown as GenMessage<Shape>;
}

/** Finds an enum of a file by its index, after the indexes of the messages around it. */
export function enumDesc<Shape extends number>(file: DescFile, path: number, ...paths: number[]): GenEnum<Shape> {
  const index = paths.pop();
  const found = index === undefined ? file.enums[path] : messageDesc(file, path, ...paths).nestedEnums[index];
  return found as unknown as GenEnum<Shape>;
}

class SlimFile implements DescFile, TypeIndex {
  readonly kind = "file";
  readonly edition = editionProto2;
  readonly deprecated = false;
  readonly extensions = [];
  readonly services = [];
  readonly name: string;
  readonly dependencies: DescFile[];
  readonly enums: DescEnum[] = [];
  readonly messages: DescMessage[] = [];
  readonly #types = new Map<string, DescMessage | DescEnum>();

  constructor([name, packageName, messages, enums]: FileRow, imports: DescFile[]) {
    this.name = name;
    this.dependencies = imports;
    for (const row of enums) this.enums.push(new SlimEnum(row, this, undefined, packageName));
    for (const row of messages) this.messages.push(new SlimMessage(row, this, undefined, packageName));
  }
  add(type: DescMessage | DescEnum): void {
    this.#types.set(type.typeName, type);
  }
  find(typeName: string): DescMessage | DescEnum {
    let found = this.#types.get(typeName);
    for (const file of this.dependencies) if (file instanceof SlimFile) found ??= file.#types.get(typeName);
    if (found === undefined) throw new Error(`Cannot link "${this.name}": found no type ${typeName}`);
    return found;
  }
  get proto(): never {
    return noProto(this);
  }
  toString(): string {
    return `file ${this.name}.proto`;
  }
}

class SlimMessage implements DescMessage {
  readonly kind = "message";
  readonly deprecated = false;
  readonly nestedExtensions = [];
  readonly name: string;
  readonly typeName: string;
  readonly file: SlimFile;
  readonly parent: DescMessage | undefined;
  readonly nestedEnums: DescEnum[] = [];
  readonly nestedMessages: DescMessage[] = [];
  readonly #row: MessageRow;
  #linked: Pick<DescMessage, "fields" | "members" | "oneofs"> | undefined;
  #field: Record<string, DescField> | undefined;

  constructor(row: MessageRow, file: SlimFile, parent: DescMessage | undefined, scope: string) {
    this.name = row[0];
    this.typeName = `${scope}.${row[0]}`;
    this.file = file;
    this.parent = parent;
    this.#row = row;
    file.add(this);
    for (const message of row[2] ?? []) this.nestedMessages.push(new SlimMessage(message, file, this, this.typeName));
    for (const type of row[3] ?? []) this.nestedEnums.push(new SlimEnum(type, file, this, this.typeName));
  }
  #link(): Pick<DescMessage, "fields" | "members" | "oneofs"> {
    const oneofs = (this.#row[4] ?? []).map(([name, localName]) => new SlimOneof(this, name, localName));
    const linked: Pick<DescMessage, "fields" | "members" | "oneofs"> = { fields: [], members: [], oneofs };
    for (const row of this.#row[1]) {
      const oneof = oneofs[row[6] ?? -1];
      const field = new SlimField(row, this, oneof, this.file) as unknown as DescField;
      linked.fields.push(field);
      // A group stands where its first field stands.
      if (oneof === undefined) linked.members.push(field);
      else if (oneof.fields.push(field) === 1) linked.members.push(oneof);
    }
    return linked;
  }
  get fields(): DescField[] {
    this.#linked ??= this.#link();
    return this.#linked.fields;
  }
  get members(): (DescField | DescOneof)[] {
    this.#linked ??= this.#link();
    return this.#linked.members;
  }
  get oneofs(): DescOneof[] {
    this.#linked ??= this.#link();
    return this.#linked.oneofs;
  }
  get field(): Record<string, DescField> {
    this.#field ??= Object.fromEntries(this.fields.map((field) => [field.localName, field]));
    return this.#field;
  }
  get proto(): never {
    return noProto(this);
  }
  toString(): string {
    return `message ${this.typeName}`;
  }
}
