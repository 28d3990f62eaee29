// node tests/machine/with_docker.mjs -- COMMAND…    runs COMMAND with a Docker daemon at hand.
//
// When a daemon answers at DOCKER_HOST (else unix:///var/run/docker.sock), COMMAND is all that happens. Otherwise, as
// root, dockerd is started first and stopped afterwards, with everything it left: processes, bridges, iptables rules.
// Wrappers that run at the same time share one dockerd; the last one stops it, even when the first was killed.
//
//   standard socket   dockerd runs as Debian would run it: /var/lib/docker, the bridge docker0, /etc/docker/daemon.json.
//   another socket    DOCKER_HOST=unix:///some/docker.sock MESOS_DOCKER_TEST_DATA_ROOT=/some/folder: a private dockerd
//                     beside the machine's own one. Two daemons would overwrite each other's docker0 and iptables
//                     chains, so the private one has a bridge of its own and no iptables: its containers reach this
//                     machine and each other, and nothing beyond. Never --bridge=none here: dockerd then removes
//                     docker0, whoever owns it. Exec root, pid file and log lie in /run, the data root is kept.
//                     MESOS_DOCKER_TEST_DAEMON_JSON is the text of its daemon.json, when the defaults will not do.
//
// COMMAND runs in a process group of its own and gets each signal once, whether a terminal, npm or kill sends it, and time to
// clean up: the daemon goes after it. Exit code: COMMAND's, 128 + the signal that ended it, 127/126 when it cannot be
// started, 1 when there is no daemon.
import { spawn } from "node:child_process";
import { constants } from "node:os";
import process from "node:process";
import { holdDaemon } from "./keeper_client.mjs";
import { endGroup, groupMembers, identify, sendSignal, waitUntil } from "./processes.mjs";

const FORWARDED = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"];
/** npm passes on the Ctrl-C that the terminal has sent already; a person presses a second time later than this. */
const SAME_SIGNAL_MS = 500;
/** What processes that COMMAND left behind get before they are ended. */
const STRAGGLERS_MS = 5_000;

/** Hands signals to whoever is `target` at the time: a function of the signal's name. */
class Signals {
  #target = () => undefined;
  #last = { name: "", at: Number.NEGATIVE_INFINITY };
  first;

  constructor() {
    for (const name of FORWARDED) process.on(name, () => this.#receive(name));
  }

  set target(target) {
    this.#target = target;
  }

  #receive(name) {
    const at = performance.now();
    const repeated = this.#last.name === name && at - this.#last.at < SAME_SIGNAL_MS;
    this.#last = { name, at };
    this.first ??= name;
    if (!repeated) this.#target(name);
  }
}

function say(text) {
  process.stderr.write(`${text}\n`);
}

/** Runs COMMAND in a group of its own; gives the exit code to pass on. */
async function runCommand(command, signals, hold) {
  const child = spawn(command[0], command.slice(1), { detached: true, stdio: "inherit" });
  const ended = new Promise((resolve) => {
    child.on("error", (error) => {
      say(`Cannot run "${command[0]}": ${error.message}`);
      resolve(error.code === "ENOENT" ? 127 : 126);
    });
    child.on("exit", (code, by) => resolve(code ?? 128 + constants.signals[by]));
  });
  if (child.pid === undefined) return await ended;
  hold?.setCommand(identify(child.pid));
  signals.target = (name) => sendSignal(-child.pid, name);
  const code = await ended;
  if (hold !== undefined && !(await waitUntil(() => groupMembers(child.pid).length === 0, STRAGGLERS_MS))) {
    say(`"${command[0]}" has left processes running that may need the daemon: they are ended`);
    await endGroup(child.pid, STRAGGLERS_MS);
  }
  return code;
}

async function main(command) {
  const signals = new Signals();
  const starting = new AbortController();
  signals.target = () => starting.abort(new Error("interrupted"));
  let hold;
  try {
    hold = await holdDaemon(process.env, { note: say, signal: starting.signal });
  } catch (error) {
    if (signals.first !== undefined) return 128 + constants.signals[signals.first];
    say(error.message);
    return 1;
  }
  if (signals.first !== undefined) {
    await hold?.release();
    return 128 + constants.signals[signals.first];
  }
  const code = await runCommand(command, signals, hold);
  signals.target = () => say("Stopping dockerd: this takes a few seconds");
  try {
    await hold?.release();
  } catch (error) {
    say(error.message);
    return code === 0 ? 1 : code;
  }
  return code;
}

const separator = process.argv.indexOf("--");
const command = separator === 2 ? process.argv.slice(3) : [];
if (command.length === 0) {
  say("Usage: node tests/machine/with_docker.mjs -- COMMAND…");
  process.exitCode = 2;
} else {
  process.exitCode = await main(command);
}
