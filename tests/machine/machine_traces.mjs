// What dockerd changes on the machine beside its files, noted before it starts and undone after it has stopped:
// bridges, iptables chains, IP forwarding, mounts. Nothing that was there before is touched.
import { existsSync, readFileSync, realpathSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { runSystem } from "./processes.mjs";

const FORWARDING = "/proc/sys/net/ipv4/ip_forward";
/** Where containerd's shims have their sockets, whichever daemon they belong to; the inner folder first. */
const SHIM_FOLDERS = ["/run/containerd/s", "/run/containerd"];
const BRIDGE = /^(docker0|br-[0-9a-f]{12})$/;
const DOCKER_RULE = /\b(docker0|DOCKER|DOCKER-[A-Z0-9-]+|br-[0-9a-f]{12})\b/;

/** What dockerd at `place` is about to change, as plain data. A private one leaves the network alone. */
export function noteTraces(place) {
  const network = place.private === undefined ? noteNetwork() : undefined;
  const absent = [place.execRoot, ...SHIM_FOLDERS].filter((folder) => !existsSync(folder));
  return { mounts: mounts(), absent, network };
}

/** Puts the machine back to what `before` says; `note(text)` is told what could not be undone. */
export function undoTraces(place, before, note) {
  if (before.network !== undefined) undoNetwork(before.network, note);
  const folders = [place.directory, place.execRoot, place.private?.dataRoot ?? "/var/lib/docker"];
  const roots = folders.filter((folder) => existsSync(folder)).map((folder) => `${realpathSync(folder)}/`);
  const ours = (point) => roots.some((root) => `${point}/`.startsWith(root));
  const known = new Set(before.mounts.map(({ id }) => id));
  for (const { id, point } of mounts().reverse()) {
    if (known.has(id) || !ours(point)) continue;
    const done = runSystem("umount", [point]);
    if (!done.ok) note(`${point} stays mounted: umount says: ${done.reason}`);
  }
  for (const folder of before.absent) {
    if (folder === place.execRoot) rmSync(folder, { recursive: true, force: true });
    else removeEmpty(folder);
  }
}

/** Removes a folder that another daemon may have begun to use. */
function removeEmpty(folder) {
  try {
    rmdirSync(folder);
  } catch (error) {
    if (!["ENOENT", "ENOTEMPTY"].includes(error.code)) throw error;
  }
}

/** Mount points, the outer before the inner. */
function mounts() {
  const lines = readFileSync("/proc/self/mountinfo", "utf8").trimEnd().split("\n");
  return lines.map((line) => {
    const fields = line.split(" ");
    const point = fields[4].replace(/\\([0-7]{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8)));
    return { id: fields[0], point };
  });
}

function noteNetwork() {
  return {
    bridges: bridges(),
    forwarding: readFileSync(FORWARDING, "utf8").trim(),
    rules: { iptables: savedRules("iptables"), ip6tables: savedRules("ip6tables") },
  };
}

function undoNetwork(before, note) {
  for (const bridge of bridges().filter((name) => !before.bridges.includes(name))) {
    const done = runSystem("ip", ["link", "delete", bridge]);
    if (!done.ok) note(`The bridge ${bridge} stays: ip link delete says: ${done.reason}`);
  }
  for (const [family, text] of Object.entries(before.rules)) {
    const script = undoScript(text, savedRules(family));
    if (script === "") continue;
    const done = runSystem(`${family}-restore`, ["--noflush"], script);
    if (!done.ok) note(`dockerd's rules stay: ${family}-restore says: ${done.reason}`);
  }
  if (readFileSync(FORWARDING, "utf8").trim() !== before.forwarding) writeFileSync(FORWARDING, before.forwarding);
}

/** Docker's bridges. /proc/net belongs to this process's network; /sys/class/net may show another one's. */
function bridges() {
  const names = readFileSync("/proc/net/dev", "utf8").matchAll(/^ *([^ :]+):/gm);
  return Array.from(names, ([, name]) => name).filter((name) => BRIDGE.test(name));
}

/** The rules in force, in iptables-save's form; empty where there is no such program or no such table. */
function savedRules(family) {
  return runSystem(`${family}-save`, []).output;
}

/**
 * Commands for iptables-restore --noflush that take dockerd's chains, rules and policy out again: what `after` has,
 * `before` has not, and Docker's names mark. Other programs' new rules stay.
 */
export function undoScript(before, after) {
  const old = tablesOf(before);
  const script = [];
  for (const [table, lines] of tablesOf(after)) {
    const known = old.get(table) ?? [];
    const added = lines.filter((line) => !known.includes(line));
    const chains = added.filter((line) => /^:DOCKER\S* /.test(line)).map((line) => line.slice(1).split(" ")[0]);
    const fresh = chains.filter((chain) => !known.some((line) => line.startsWith(`:${chain} `)));
    const rules = added.filter((line) => line.startsWith("-A ") && DOCKER_RULE.test(line));
    const elsewhere = rules.filter((line) => !fresh.includes(line.split(" ")[1]));
    const commands = [
      ...elsewhere.map((line) => `-D ${line.slice("-A ".length)}`),
      ...fresh.map((chain) => `-F ${chain}`),
      ...fresh.map((chain) => `-X ${chain}`),
      ...(added.includes(":FORWARD DROP") && !known.includes(":FORWARD DROP") ? ["-P FORWARD ACCEPT"] : []),
    ];
    if (commands.length > 0) script.push(`*${table}`, ...commands, "COMMIT");
  }
  return script.length === 0 ? "" : `${script.join("\n")}\n`;
}

/** Table name → its chain and rule lines, packet counters left out. */
function tablesOf(text) {
  const tables = new Map();
  let lines = [];
  for (const line of text.split("\n")) {
    if (line.startsWith("*")) {
      lines = [];
      tables.set(line.slice(1), lines);
    } else if (/^[:-]/.test(line)) {
      lines.push(line.replace(/ \[[0-9]+:[0-9]+\]$/, ""));
    }
  }
  return tables;
}
