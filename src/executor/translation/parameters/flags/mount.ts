import type { Mount } from "../../../../docker/mod.ts";
import { ParameterFault, readPart, unexpected } from "../fault.ts";
import { parseByteSize } from "../values/byte_size.ts";
import { cutPair, parseFields, parsePair } from "../values/fields.ts";
import { parseSwitch } from "../values/switch.ts";
import { matching, parseAbsolutePath, parseName } from "../values/text.ts";

type Writable<T> = { -readonly [K in keyof T]: T[K] };
type Type = Mount["Type"];

/** A mount while its options are read. */
interface MountDraft {
  type: Type;
  source?: string;
  target?: string;
  readOnly?: boolean;
  consistency?: string;
  bind: Writable<NonNullable<Mount["BindOptions"]>>;
  recursion?: "enabled" | "disabled" | "writable" | "readonly";
  volume: Writable<NonNullable<Mount["VolumeOptions"]>>;
  image: Writable<NonNullable<Mount["ImageOptions"]>>;
  tmpfs: Writable<NonNullable<Mount["TmpfsOptions"]>>;
}

type ReadOption = (value: string, mount: MountDraft) => void;

const types: readonly Type[] = ["bind", "volume", "tmpfs", "image", "cluster"];
const recursions = ["enabled", "disabled", "writable", "readonly"] as const;
const parsePropagation = matching(/^r?(private|shared|slave)$/, "private, shared, slave, or these with an r before");
const parseConsistency = matching(/^(default|consistent|cached|delegated)$/, "consistent, cached or delegated");

const options = new Map<string, ReadOption>([
  ["type", (value, mount) => (mount.type = parseType(value))],
  ["source", (value, mount) => (mount.source = value)],
  ["target", (value, mount) => (mount.target = parseAbsolutePath(value))],
  ["readonly", (value, mount) => (mount.readOnly = parseSwitch(value))],
  ["consistency", (value, mount) => (mount.consistency = parseConsistency(value))],
  ["bind-propagation", (value, mount) => (mount.bind.Propagation = parsePropagation(value))],
  ["bind-nonrecursive", (value, mount) => (mount.bind.NonRecursive = parseSwitch(value))],
  ["bind-recursive", (value, mount) => (mount.recursion = parseRecursion(value))],
  ["bind-create-src", (value, mount) => (mount.bind.CreateMountpoint = parseSwitch(value))],
  ["volume-nocopy", (value, mount) => (mount.volume.NoCopy = parseSwitch(value))],
  ["volume-subpath", (value, mount) => (mount.volume.Subpath = parseName(value))],
  ["volume-label", (value, mount) => (mount.volume.Labels = { ...mount.volume.Labels, ...toEntry(value) })],
  ["volume-driver", (value, mount) => addDriver({ Name: parseName(value) }, mount)],
  ["volume-opt", (value, mount) => addDriver({ Options: toEntry(value) }, mount)],
  ["image-subpath", (value, mount) => (mount.image.Subpath = parseName(value))],
  ["tmpfs-size", (value, mount) => (mount.tmpfs.SizeBytes = parseByteSize(value))],
  ["tmpfs-mode", (value, mount) => (mount.tmpfs.Mode = parseMode(value))],
]);

const aliases = new Map([
  ["src", "source"],
  ["dst", "target"],
  ["destination", "target"],
  ["ro", "readonly"],
]);

/** Options that may stand without a value, which says that they are on. */
const switches = new Set(["readonly", "bind-nonrecursive", "bind-create-src", "volume-nocopy"]);

/** `type=bind,source=/a,target=/b,readonly` with all options of `docker run --mount`. */
export function parseMount(text: string): Mount {
  const mount: MountDraft = { type: "volume", bind: {}, volume: {}, image: {}, tmpfs: {} };
  const groups = new Set<string>();
  for (const field of parseFields(text)) {
    const { name, value } = cutPair(field);
    const key = aliases.get(name.toLowerCase()) ?? name.toLowerCase();
    const read = options.get(key);
    if (!read) throw new ParameterFault(`has the unknown option "${name}"`);
    if (value === undefined && !switches.has(key)) throw new ParameterFault(`has option "${name}" without a value`);
    readPart(name, () => read(value ?? "true", mount));
    const group = /^(bind|volume|image|tmpfs)-/.exec(key)?.[1];
    if (group !== undefined) groups.add(group);
  }
  for (const group of groups) {
    if (group !== mount.type) throw new ParameterFault(`has options of ${group} for a mount of type ${mount.type}`);
  }
  return toMount(mount);
}

function toMount(mount: MountDraft): Mount {
  const { type, source, target, readOnly, consistency } = mount;
  if (target === undefined) throw new ParameterFault('has no option "target"');
  if (type === "bind" && !source?.startsWith("/")) throw new ParameterFault("needs an absolute source for a bind");
  if (type === "image" && !source) throw new ParameterFault("needs a source for an image");
  if (type === "tmpfs" && source) throw new ParameterFault("has a source for a tmpfs");
  addRecursion(mount);
  return {
    Type: type,
    Target: target,
    ...(source === undefined ? {} : { Source: source }),
    ...(readOnly === undefined ? {} : { ReadOnly: readOnly }),
    ...(consistency === undefined ? {} : { Consistency: consistency }),
    ...(isEmpty(mount.bind) ? {} : { BindOptions: mount.bind }),
    ...(isEmpty(mount.volume) ? {} : { VolumeOptions: mount.volume }),
    ...(isEmpty(mount.image) ? {} : { ImageOptions: mount.image }),
    ...(isEmpty(mount.tmpfs) ? {} : { TmpfsOptions: mount.tmpfs }),
  };
}

/** How mounts below the source follow it; what of them is read-only can only be said of a read-only mount. */
function addRecursion({ recursion, readOnly, bind }: MountDraft): void {
  if (recursion === "disabled") bind.NonRecursive = true;
  if (recursion !== "writable" && recursion !== "readonly") return;
  if (!readOnly) throw new ParameterFault(`has bind-recursive=${recursion} without readonly`);
  if (recursion === "writable") {
    bind.ReadOnlyNonRecursive = true;
    return;
  }
  if (bind.Propagation !== "rprivate") {
    throw new ParameterFault("has bind-recursive=readonly without bind-propagation=rprivate");
  }
  bind.ReadOnlyForceRecursive = true;
}

function parseType(text: string): Type {
  const type = types.find((known) => known === text.toLowerCase());
  if (!type) throw unexpected(text, `one of ${types.join(", ")}`);
  return type;
}

function parseRecursion(text: string): NonNullable<MountDraft["recursion"]> {
  const recursion = recursions.find((known) => known === text);
  if (!recursion) throw unexpected(text, `one of ${recursions.join(", ")}`);
  return recursion;
}

function parseMode(text: string): number {
  if (!/^[0-7]{1,5}$/.test(text)) throw unexpected(text, "a mode in octal digits such as 0700");
  return Number.parseInt(text, 8);
}

function addDriver(said: { Name?: string; Options?: Readonly<Record<string, string>> }, { volume }: MountDraft): void {
  const known = volume.DriverConfig ?? {};
  const Options = { ...known.Options, ...said.Options };
  volume.DriverConfig = { ...known, ...said, ...(isEmpty(Options) ? {} : { Options }) };
}

function toEntry(text: string): Record<string, string> {
  const { name, value } = parsePair(text);
  return Object.fromEntries([[name, value]]);
}

function isEmpty(value: object): boolean {
  return Object.keys(value).length === 0;
}
