// One dockerd: which arguments it gets, starting it, stopping it, and what must not be left of it.
import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { askDocker } from "./docker_address.mjs";
import {
  argumentsOf,
  childrenOf,
  identify,
  isRunning,
  otherPids,
  sendSignal,
  systemEnvironment,
  waitUntil,
} from "./processes.mjs";

const START_MS = 60_000;
const STOP_MS = 30_000;
const LAST_LOG_LINES = 12;

/** The last lines of dockerd's log, indented for a message; its talk with containerd says nothing to a user. */
export function lastLogLines(logFile) {
  const lines = readFileSync(logFile, "utf8").split("\n");
  const telling = lines.filter((line) => line !== "" && !line.includes("module=grpc")).slice(-LAST_LOG_LINES);
  return telling.length === 0 ? "    (none)" : telling.map((line) => `    ${line}`).join("\n");
}

/** How dockerd is told to leave the machine's packet filter alone, for IPv6 too (by default it does since Docker 27). */
const NO_IPTABLES = ["--iptables=false", "--ip6tables=false"];

function dockerdArguments(place) {
  const args = ["--pidfile", join(place.directory, "dockerd.pid")];
  if (place.private === undefined) return args;
  // A configuration of its own, empty unless told otherwise: /etc/docker/daemon.json is meant for the machine's daemon.
  const configuration = join(place.directory, "daemon.json");
  writeFileSync(configuration, `${place.private.configuration}\n`);
  args.push("--config-file", configuration, "--host", place.address.text);
  args.push("--bridge", place.private.bridge, ...NO_IPTABLES, "--ip-forward=false");
  args.push("--data-root", place.private.dataRoot, "--exec-root", place.execRoot);
  // Where the machine's containerd runs, dockerd uses that one: a namespace keeps the two daemons' containers apart.
  args.push("--containerd-namespace", place.containerdNamespace);
  args.push("--containerd-plugins-namespace", `${place.containerdNamespace}-plugins`);
  return args;
}

/** Starts dockerd in a process group of its own (a terminal's Ctrl-C does not reach it), its output in place.logFile. */
function spawnDockerd(place, args) {
  const log = openSync(place.logFile, "a", 0o600);
  const env = systemEnvironment(process.env);
  const child = spawn("dockerd", args, { cwd: "/", detached: true, env, stdio: ["ignore", log, log] });
  closeSync(log);
  return child;
}

/**
 * Starts dockerd at `place` and waits until it answers. What was started stays for the caller to stop, failure or not.
 * `onSpawn(identity)` is called as soon as there is a process, `note(text)` with what a user should know.
 */
export async function startDockerd(place, { note, onSpawn, signal }) {
  writeFileSync(place.logFile, "", { mode: 0o600 });
  const args = dockerdArguments(place);
  const first = await tryStart(place, args, { onSpawn, signal });
  if (first.kind === "answers") return;
  const log = lastLogLines(place.logFile);
  if (first.kind === "late" || place.private !== undefined || !/iptables/i.test(log.split("\n").at(-1))) {
    throw new Error(`Cannot start dockerd: ${first.text}; its last lines:\n${log}`);
  }
  note(`dockerd cannot use iptables here, so it is started again without (${NO_IPTABLES.join(" ")}):\n${log}`);
  note("Containers of this daemon reach no other network, and published ports work on this machine only");
  const second = await tryStart(place, [...args, ...NO_IPTABLES], { onSpawn, signal });
  if (second.kind === "answers") return;
  throw new Error(`Cannot start dockerd without iptables either: ${second.text}\n${lastLogLines(place.logFile)}`);
}

async function tryStart(place, args, { onSpawn, signal }) {
  const child = spawnDockerd(place, args);
  let end;
  child.on("error", (error) => {
    end = error.message;
  });
  child.on("exit", (code, by) => {
    end = by === null ? `it ended with code ${code}` : `it was ended by ${by}`;
  });
  const identity = child.pid === undefined ? undefined : identify(child.pid);
  if (identity !== undefined) onSpawn(identity);
  const deadline = performance.now() + START_MS;
  while (end === undefined && performance.now() < deadline && !signal.aborted) {
    if ((await askDocker(place.address)).kind === "answers") return { kind: "answers" };
    await sleep(50);
  }
  signal.throwIfAborted();
  if (end !== undefined) return { kind: "died", text: end };
  return { kind: "late", text: `it did not answer within ${START_MS / 1000} s` };
}

/** Stops dockerd and whatever it ran: SIGTERM (it stops its containers itself), SIGKILL after 30 s. */
export async function stopDockerd(place, identity, note) {
  if (isRunning(identity)) {
    sendSignal(identity.pid, "SIGTERM");
    if (!(await waitUntil(() => !isRunning(identity), STOP_MS))) {
      note(`dockerd (pid ${identity.pid}) did not stop within ${STOP_MS / 1000} s and was killed`);
      sendSignal(identity.pid, "SIGKILL");
      await waitUntil(() => !isRunning(identity), 5_000);
    }
  }
  await endContainers(place, note);
  await endContainerd(place, note);
  if (place.address.kind === "unix") rmSync(place.address.path, { force: true });
}

/** A dockerd that was killed leaves its containers to their shims: end both. */
async function endContainers(place, note) {
  const shims = () => otherPids().filter((pid) => isShimOf(place, argumentsOf(pid)));
  if (await waitUntil(() => shims().length === 0, 2_000)) return;
  note("dockerd left containers running: they are ended");
  for (const shim of shims()) {
    for (const container of childrenOf(shim)) sendSignal(container, "SIGKILL");
  }
  await waitUntil(() => shims().length === 0, 2_000);
  for (const shim of shims()) sendSignal(shim, "SIGKILL");
}

/** Another dockerd may run beside this one: a shim is ours by its namespace and by the containerd it reports to. */
function isShimOf(place, args) {
  const option = (name) => args[args.indexOf(name) + 1];
  const containerds = [join(place.execRoot, "containerd", "containerd.sock"), "/run/containerd/containerd.sock"];
  return (
    /containerd-shim/.test(args[0] ?? "") &&
    option("-namespace") === place.containerdNamespace &&
    containerds.includes(option("-address"))
  );
}

/** The containerd that dockerd started for itself ends with it, except after SIGKILL. */
async function endContainerd(place, note) {
  const configuration = join(place.execRoot, "containerd", "containerd.toml");
  const own = () =>
    otherPids().filter((pid) => {
      const args = argumentsOf(pid);
      return /(^|\/)containerd$/.test(args[0] ?? "") && args.includes(configuration);
    });
  if (await waitUntil(() => own().length === 0, 2_000)) return;
  note("dockerd left its containerd running: it is ended");
  for (const pid of own()) sendSignal(pid, "SIGTERM");
  if (await waitUntil(() => own().length === 0, 5_000)) return;
  for (const pid of own()) sendSignal(pid, "SIGKILL");
}
