import { type JsonValue, toJson } from "@bufbuild/protobuf";
import { type FileDescriptorProto, FileDescriptorProtoSchema } from "@bufbuild/protobuf/wkt";

/** Every fact of a file descriptor: path → value. Lists of named things are keyed by name, with their order as a fact. */
function facts(value: JsonValue, path: string, into = new Map<string, string>()): Map<string, string> {
  if (typeof value !== "object" || value === null) return into.set(path, String(value));
  const named = Array.isArray(value) && value.every((item) => nameOf(item) !== undefined);
  if (named) into.set(`${path}/order`, value.map(nameOf).join(" "));
  for (const [key, item] of Object.entries(value)) facts(item, `${path}/${(named && nameOf(item)) || key}`, into);
  return into;
}

function nameOf(value: JsonValue): string | undefined {
  return typeof value === "object" && value !== null && "name" in value ? String(value.name) : undefined;
}

/** Lists where two descriptors of a file differ, one line each, as "path: theirs / ours". */
export function differences(theirs: FileDescriptorProto, ours: FileDescriptorProto): string[] {
  const expected = facts(toJson(FileDescriptorProtoSchema, theirs), theirs.name);
  const actual = facts(toJson(FileDescriptorProtoSchema, ours), theirs.name);
  const paths = new Set([...expected.keys(), ...actual.keys()]);
  return [...paths]
    .filter((path) => expected.get(path) !== actual.get(path))
    .map((path) => `${path}: ${expected.get(path) ?? "absent"} / ${actual.get(path) ?? "absent"}`);
}
