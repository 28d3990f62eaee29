import { unexpected } from "../fault.ts";
import { type Flags, hostEntry, hostItem, hostValue, switchFlag } from "../flag.ts";
import { parseFullPair } from "../values/fields.ts";
import { matching, parseName, parseText } from "../values/text.ts";

const parseCapability = matching(/^[A-Za-z_]+$/, "a capability such as NET_ADMIN");

/** Namespaces and what is set in them, cgroups, users and rights. */
export const namespaceFlags: Flags = {
  "cap-add": hostItem("CapAdd", (text) => toCapability(parseCapability(text))),
  "cap-drop": hostItem("CapDrop", (text) => toCapability(parseCapability(text))),
  "cgroup-parent": hostValue("CgroupParent", parseText),
  cgroupns: hostValue("CgroupnsMode", matching(/^(host|private)?$/, "host or private")),
  "group-add": hostItem("GroupAdd", parseName),
  ipc: hostValue(
    "IpcMode",
    matching(/^(none|private|shareable|host|container:.+)?$/, "none, private, shareable, host or container:NAME"),
  ),
  isolation: hostValue("Isolation", parseIsolation),
  pid: hostValue("PidMode", matching(/^(host|container:.+)?$/, "host or container:NAME")),
  privileged: switchFlag((isOn, { draft, source }) => draft.host.set("Privileged", isOn, source)),
  runtime: hostValue("Runtime", parseText),
  sysctl: hostEntry("Sysctls", (text) => parseFullPair(text, "a setting such as net.core.somaxconn=1024")),
  userns: hostValue("UsernsMode", matching(/^(host)?$/, "host")),
  uts: hostValue("UTSMode", matching(/^(host)?$/, "host")),
};

/** Without the prefix, which the oldest daemons do not know. */
function toCapability(name: string): string {
  return name.toUpperCase().replace(/^CAP_/, "");
}

function parseIsolation(text: string): string {
  if (text !== "" && text.toLowerCase() !== "default") throw unexpected(text, "default, the only one on Linux");
  return "default";
}
