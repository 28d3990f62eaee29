import { ParameterFault, unexpected } from "../fault.ts";
import { type Flags, type Reading, switchFlag } from "../flag.ts";

/** What confines the container beside its namespaces. */
export const securityFlags: Flags = {
  "read-only": switchFlag((isOn, { draft, source }) => draft.host.set("ReadonlyRootfs", isOn, source)),
  "security-opt": { takes: "value", apply: applySecurityOption },
};

type Apply = (value: string, reading: Reading) => void;

const options = new Map<string, Apply>([
  ["apparmor", (value, reading) => addOption(`apparmor=${value}`, reading)],
  ["label", (value, reading) => addOption(`label=${value}`, reading)],
  ["no-new-privileges", applyNoNewPrivileges],
  ["seccomp", (value, reading) => addOption(`seccomp=${toProfile(value, reading)}`, reading)],
  ["systempaths", applySystemPaths],
  ["writable-cgroups", applyWritableCgroups],
]);

/** `name=value`; the colon is how it was written at first. */
function applySecurityOption(text: string, reading: Reading): void {
  const [, name = "", value] = /^([^=:]*)[=:]?(.*)$/s.exec(text) ?? [];
  if (name === "credentialspec") throw new ParameterFault('option "credentialspec" is for Windows containers only');
  const apply = options.get(name);
  if (!apply) throw unexpected(text, `one of ${[...options.keys()].join(", ")}`);
  if (!value && name !== "no-new-privileges") throw unexpected(text, `a value, as in ${name}=…`);
  apply(value ?? "", reading);
}

function addOption(option: string, { draft, source }: Reading): void {
  draft.host.add("SecurityOpt", [option], source);
}

function applyNoNewPrivileges(value: string, reading: Reading): void {
  if (!["", "true", "false"].includes(value)) throw unexpected(value, "no-new-privileges with true, false or nothing");
  addOption(value === "" ? "no-new-privileges" : `no-new-privileges=${value}`, reading);
}

function applySystemPaths(value: string, { draft, source }: Reading): void {
  if (value !== "unconfined") throw unexpected(value, "systempaths=unconfined");
  draft.host.set("MaskedPaths", [], source);
  draft.host.set("ReadonlyPaths", [], source);
}

function applyWritableCgroups(value: string, reading: Reading): void {
  if (!["true", "false"].includes(value)) throw unexpected(value, "writable-cgroups with true or false");
  addOption(`writable-cgroups=${value}`, reading);
}

/** The daemon takes the profile's text and not its path. */
function toProfile(value: string, { context }: Reading): string {
  if (value === "unconfined" || value === "builtin") return value;
  const text = value.trimStart().startsWith("{") ? value : context.readSandboxFile(value);
  try {
    return JSON.stringify(JSON.parse(text));
  } catch (cause) {
    throw Object.assign(new ParameterFault("has a seccomp profile that is not JSON"), { cause });
  }
}
