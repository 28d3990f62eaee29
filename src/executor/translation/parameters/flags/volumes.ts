import { ParameterFault, unexpected } from "../fault.ts";
import { type Flags, hostEntry, hostItem, hostValue, type Reading } from "../flag.ts";
import { parseFullPair } from "../values/fields.ts";
import { parseAbsolutePath, parseName, parseText } from "../values/text.ts";
import { parseMount } from "./mount.ts";

const modes = new Set(
  "rw ro z Z nocopy shared rshared slave rslave private rprivate consistent cached delegated".split(" "),
);

/** What is mounted into the container, and how its own files are kept. */
export const volumeFlags: Flags = {
  mount: hostItem("Mounts", parseMount),
  "storage-opt": hostEntry("StorageOpt", (text) => parseFullPair(text, "an option such as size=10G")),
  tmpfs: hostEntry("Tmpfs", parseTmpfs),
  volume: { takes: "value", apply: applyVolume },
  "volume-driver": hostValue("VolumeDriver", parseText),
  "volumes-from": hostItem("VolumesFrom", parseName),
};

/** `target`, `source:target` or `source:target:options`; a source without a slash before it is a volume's name. */
function applyVolume(text: string, { draft, source }: Reading): void {
  const [first = "", target, options, ...others] = text.split(":");
  if (others.length > 0) throw unexpected(text, "source:target:options");
  if (target === undefined) {
    draft.config.put("Volumes", parseAbsolutePath(first), {}, source);
    return;
  }
  if (first === "") throw unexpected(text, "a source before the colon");
  if (/^[.~]/.test(first)) {
    throw new ParameterFault(`has the relative source "${first}", expected an absolute path or a volume's name`);
  }
  parseAbsolutePath(target);
  const unknown = options?.split(",").filter((mode) => !modes.has(mode)) ?? [];
  if (unknown.length > 0) throw unexpected(unknown.join(","), `options of ${[...modes].join(", ")}`);
  draft.host.add("Binds", [text], source);
}

function parseTmpfs(text: string): { name: string; value: string } {
  const at = text.indexOf(":");
  const path = at < 0 ? text : text.slice(0, at);
  return { name: parseAbsolutePath(path), value: at < 0 ? "" : text.slice(at + 1) };
}
