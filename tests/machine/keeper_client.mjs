// The wrapper's side of daemon_keeper.mjs: finds the keeper of a place or starts it, and holds on to its daemon.
import { spawn } from "node:child_process";
import net from "node:net";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import {
  daemonPlace,
  findProgram,
  hasDaemon,
  LOCK_DESCRIPTOR,
  LOCK_TAKEN_CODE,
  obstacleToStart,
} from "./daemon_place.mjs";
import { askDocker, readDockerAddress } from "./docker_address.mjs";
import { hearMessages, sendMessage } from "./json_messages.mjs";
import { isRunning, waitUntil } from "./processes.mjs";

const KEEPER = fileURLToPath(new URL("./daemon_keeper.mjs", import.meta.url));
/** Longest time for another keeper to stop its daemon (30 s for dockerd, then what it left) and make room. */
const KEEPER_MS = 90_000;
/** How often a keeper may go away under a wrapper that has just come, before that is taken for a fault. */
const MAX_TRIES = 5;

/**
 * Sees to it that a Docker daemon answers where `env` says. Gives undefined when one does that is not ours to stop,
 * else a DaemonHold. `note(text)` gets lines for the user; aborting `signal` ends the wait and undoes what it began.
 */
export async function holdDaemon(env, { note, signal }) {
  const address = readDockerAddress(env);
  if (address.kind !== "unix") {
    const answer = await askDocker(address);
    if (answer.kind === "answers") return undefined;
    throw new Error(`No Docker daemon answers at ${address.text} (${answer.reason}): start it, or unset DOCKER_HOST`);
  }
  const place = daemonPlace(address, env);
  for (let tries = 1; ; tries++) {
    const connection = await connectOrStart(place, note);
    if (connection === undefined) return undefined;
    const outcome = await connection.outcome(signal);
    if (outcome.kind === "lost" && tries < MAX_TRIES) continue;
    const hold = new DaemonHold(place, connection, note);
    if (outcome.kind === "ready") return hold;
    await hold.release();
    signal.throwIfAborted();
    throw new Error(outcome.text);
  }
}

/** A connection to the place's keeper, which is started when missing; undefined when a daemon answers that has none. */
async function connectOrStart(place, note) {
  const deadline = performance.now() + KEEPER_MS;
  let said = false;
  while (performance.now() < deadline) {
    const connection = await KeeperConnection.open(place, note);
    if (connection !== undefined) return connection;
    if (!hasDaemon(place)) {
      const answer = await askDocker(place.address);
      if (answer.kind === "answers") return undefined;
      const obstacle = obstacleToStart(place, answer);
      if (obstacle !== undefined) throw new Error(`No Docker daemon answers at ${place.address.text}: ${obstacle}`);
      if (findProgram("dockerd") === undefined) {
        throw new Error("Cannot start dockerd: it is not installed; node tests/machine/prepare.mjs installs it");
      }
      if (!said)
        note(`No Docker daemon answers at ${place.address.text}: starting dockerd (its log: ${place.logFile})`);
      said = true;
    }
    const started = await startKeeper(place, note);
    if (started !== undefined) return started;
    await sleep(100);
  }
  throw new Error(`The keeper of dockerd in ${place.directory} neither answers nor ends within ${KEEPER_MS / 1000} s`);
}

/** Starts a keeper and connects to whichever has the place's lock; undefined when that one is about to end. */
async function startKeeper(place, note) {
  const lock = `flock --nonblock ${LOCK_DESCRIPTOR} || exit ${LOCK_TAKEN_CODE}`;
  const script = `exec ${LOCK_DESCRIPTOR}>>"$0" && { ${lock}; } && exec "$@"`;
  const child = spawn("/bin/sh", ["-c", script, place.lockFile, process.execPath, KEEPER, JSON.stringify(place)], {
    cwd: "/",
    detached: true,
    stdio: ["pipe", "ignore", "pipe"],
  });
  // Standard input stays open as long as this process lives: by its end a keeper without holders knows to stop.
  for (const handle of [child, child.stdin, child.stderr]) handle.unref();
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (text) => {
    said += text;
  });
  let failure;
  child.on("error", (error) => {
    failure = error.message;
  });
  child.on("exit", (code, by) => {
    failure ??= code === LOCK_TAKEN_CODE ? "" : `${by ?? `code ${code}`} ${said}`;
  });
  while (failure === undefined) {
    const connection = await KeeperConnection.open(place, note);
    if (connection !== undefined) return connection;
    await sleep(25);
  }
  if (failure !== "") throw new Error(`Cannot start the keeper of dockerd: ${failure.trimEnd()}`);
  return undefined;
}

/** One connection to a keeper. */
class KeeperConnection {
  /** Settles when the connection is gone, however that came. */
  closed;
  /** Whether the keeper has let us go in good order: nothing is left to hold. */
  orderly = false;
  /** Whether the keeper has stopped the daemon and is about to end. */
  ended = false;
  #socket;
  #keeper;
  #outcome;
  #settle;

  constructor(socket, note) {
    this.#socket = socket;
    this.#outcome = new Promise((resolve) => {
      this.#settle = resolve;
    });
    this.closed = new Promise((resolve) => {
      const end = () => {
        this.#settle({ kind: "lost", text: "The keeper of dockerd was ended while dockerd started" });
        resolve();
      };
      hearMessages(socket, { hear: (message) => this.#hear(message, note), end });
    });
  }

  /** Connects to the keeper of a place; undefined when none listens. */
  static open(place, note) {
    const { promise, resolve, reject } = deferred();
    const socket = net.connect(place.keeperSocket);
    socket.once("connect", () => resolve(new KeeperConnection(socket, note)));
    socket.once("error", (error) => {
      // EACCES: the place is root's, and who is not root holds nothing there.
      if (["ENOENT", "ECONNREFUSED", "ECONNRESET", "EACCES"].includes(error.code)) resolve(undefined);
      else reject(error);
    });
    return promise;
  }

  #hear(message, note) {
    if (message.note !== undefined) note(message.note);
    if (message.keeper !== undefined) this.#keeper = message.keeper;
    if (message.ready) this.#settle({ kind: "ready" });
    if (message.failed !== undefined) this.#settle({ kind: "failed", text: message.failed });
    if (message.released || message.ended) this.orderly = true;
    if (message.ended) this.ended = true;
  }

  /** What became of the daemon: `{ kind: "ready" | "failed" | "lost" | "aborted", text }`. */
  outcome(signal) {
    const aborted = new Promise((resolve) => {
      const tell = () => resolve({ kind: "aborted", text: "interrupted" });
      if (signal.aborted) tell();
      else signal.addEventListener("abort", tell, { once: true });
    });
    return Promise.race([this.#outcome, aborted]);
  }

  send(message) {
    sendMessage(this.#socket, message);
  }

  /** After the last release: waits until the keeper's process is gone too. */
  async keeperGone() {
    if (this.ended) await waitUntil(() => !isRunning(this.#keeper), 5_000);
  }
}

/** A daemon that stays as long as this is not released. */
export class DaemonHold {
  #place;
  #connection;
  #note;
  #command;
  #released = false;
  #kept;

  constructor(place, connection, note) {
    this.#place = place;
    this.#connection = connection;
    this.#note = note;
    this.#kept = this.#keep();
    this.#kept.catch(() => undefined); // release() awaits it again and throws.
  }

  /** Names the process that needs the daemon: the keeper ends it first should this one be killed. */
  setCommand(identity) {
    this.#command = identity;
    this.#connection.send({ command: identity });
  }

  /** Lets go; when this was the last hold, returns after the daemon has stopped and its place is cleared. */
  async release() {
    this.#released = true;
    this.#connection.send({ release: true });
    await this.#kept;
  }

  /** A keeper that was killed is followed by a new one, which adopts the daemon: else nobody would stop it. */
  async #keep() {
    for (;;) {
      await this.#connection.closed;
      if (this.#connection.orderly) return await this.#connection.keeperGone();
      if (!hasDaemon(this.#place)) {
        this.#note("The keeper of dockerd was ended, and dockerd with it");
        return;
      }
      const next = await connectOrStart(this.#place, this.#note);
      if (next === undefined) return;
      this.#connection = next;
      if (this.#command !== undefined) next.send({ command: this.#command });
      if (this.#released) next.send({ release: true });
    }
  }
}

/** Promise.withResolvers, which Node 20 has not. */
function deferred() {
  let resolve;
  let reject;
  const promise = new Promise((yes, no) => {
    resolve = yes;
    reject = no;
  });
  return { promise, resolve, reject };
}
