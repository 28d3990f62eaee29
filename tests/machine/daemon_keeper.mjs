// The keeper owns the one dockerd of a place. with_docker.mjs starts it, detached; it starts dockerd, and stops it when
// the last wrapper that holds a connection has let go. A wrapper that was killed lets go too: its connection ends.
//
// There is one keeper per place: the lock (a descriptor that flock locked in keeper_client.mjs) is held as long as this
// process lives, whatever ends it. A keeper that follows a killed one adopts the dockerd named by the record.
//
// One JSON value per line. Wrapper to keeper: { command: ProcessIdentity }, { release: true }.
// Keeper to wrapper: { keeper: ProcessIdentity }, { note }, { ready: true }, { failed }, { released: true }, { ended: true }.
import { fstatSync, mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import net from "node:net";
import process from "node:process";
import { setTimeout as sleep } from "node:timers/promises";
import { LOCK_DESCRIPTOR, LOCK_TAKEN_CODE, readRecord } from "./daemon_place.mjs";
import { askDocker } from "./docker_address.mjs";
import { lastLogLines, startDockerd, stopDockerd } from "./dockerd.mjs";
import { hearMessages, sendMessage } from "./json_messages.mjs";
import { noteTraces, undoTraces } from "./machine_traces.mjs";
import { createPrivateBridge, removePrivateBridge } from "./private_bridge.mjs";
import { endGroup, identify, isRunning } from "./processes.mjs";

/** What the command of a killed wrapper gets to clean up. */
const COMMAND_GRACE_MS = 10_000;

class Keeper {
  #place;
  /** Wrappers that need the daemon; with the last one it goes. */
  #holders = new Set();
  /** Open connections, those of wrappers that wait for the end included. */
  #sockets = new Set();
  #notes = [];
  #outcome;
  #record;
  #server;
  #stopping;
  #starting = new AbortController();

  constructor(place) {
    this.#place = place;
  }

  async run() {
    mkdirSync(this.#place.directory, { recursive: true, mode: 0o700 });
    rmSync(this.#place.keeperSocket, { force: true });
    this.#server = net.createServer({ allowHalfOpen: true }, (socket) => this.#welcome(socket));
    await new Promise((resolve, reject) => {
      this.#server.once("error", reject).listen(this.#place.keeperSocket, resolve);
    });
    for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"]) process.on(signal, () => void this.#stop());
    // Standard input is a pipe from the wrapper that started us: without a holder its end means that nobody will come.
    process.stdin.on("end", () => this.#stopWhenAlone()).resume();
    try {
      await this.#bringUp();
      this.#settle({ ready: true });
      await this.#watch();
    } catch (error) {
      if (!this.#starting.signal.aborted) this.#settle({ failed: error.message });
    }
    await this.#stop();
  }

  async #bringUp() {
    const old = readRecord(this.#place);
    this.#record = isRunning(old?.dockerd) ? old : undefined;
    if (this.#record !== undefined) return;
    if (old !== undefined) {
      this.#note("An earlier dockerd and its keeper were killed: clearing up after them");
      await this.#clearUp(old);
    }
    const traces = noteTraces(this.#place);
    if (this.#place.private !== undefined) createPrivateBridge(this.#place);
    await startDockerd(this.#place, {
      signal: this.#starting.signal,
      note: (text) => this.#note(text),
      onSpawn: (dockerd) => {
        this.#record = { dockerd, traces };
        writeFileSync(this.#place.recordFile, JSON.stringify(this.#record), { mode: 0o600 });
      },
    });
    const { Driver: driver } = JSON.parse((await askDocker(this.#place.address, "/info")).body ?? "{}");
    if (driver === "vfs")
      this.#note("dockerd can use no overlay file system here: images are copied whole (slow, large)");
  }

  async #clearUp({ dockerd, traces }) {
    const note = (text) => this.#note(text);
    await stopDockerd(this.#place, dockerd, note);
    undoTraces(this.#place, traces, note);
  }

  /** Returns when dockerd has ended on its own, or when it is being stopped. */
  async #watch() {
    while (isRunning(this.#record.dockerd) && this.#stopping === undefined) await sleep(100);
    if (this.#stopping === undefined) {
      this.#note(`dockerd ended unexpectedly; its last lines:\n${lastLogLines(this.#place.logFile)}`);
    }
  }

  #welcome(socket) {
    if (this.#stopping !== undefined) {
      socket.destroy(); // Too late for this daemon: the wrapper tries again and finds the next keeper.
      return;
    }
    const holder = { socket, command: undefined, leaves: false };
    this.#holders.add(holder);
    this.#sockets.add(socket);
    sendMessage(socket, { keeper: identify(process.pid) });
    for (const note of this.#notes) sendMessage(socket, { note });
    if (this.#outcome !== undefined) sendMessage(socket, this.#outcome);
    hearMessages(socket, {
      hear: (message) => {
        if (message.command !== undefined) holder.command = message.command;
        if (message.release) void this.#letGo(holder, "released");
      },
      end: () => void this.#letGo(holder, "lost"),
    });
    socket.on("close", () => this.#sockets.delete(socket));
  }

  /** Takes a wrapper off the list. The command of one that was killed is ended first: it needs the daemon to clean up. */
  async #letGo(holder, how) {
    if (holder.leaves) return;
    holder.leaves = true;
    const killed = how === "lost" && this.#stopping === undefined;
    if (killed && isRunning(holder.command)) await endGroup(holder.command.pid, COMMAND_GRACE_MS);
    this.#holders.delete(holder);
    this.#stopWhenAlone();
    await this.#stopping;
    sendMessage(holder.socket, { released: true });
    holder.socket.end();
  }

  #stopWhenAlone() {
    if (this.#holders.size === 0) void this.#stop();
  }

  #note(note) {
    this.#notes.push(note);
    this.#tell({ note });
  }

  #settle(outcome) {
    this.#outcome = outcome;
    this.#tell(outcome);
  }

  #tell(message) {
    for (const socket of this.#sockets) sendMessage(socket, message);
  }

  /** Stops dockerd and clears the place, once. The lock file goes last, still locked. */
  #stop() {
    this.#stopping ??= this.#takeDown();
    return this.#stopping;
  }

  async #takeDown() {
    const place = this.#place;
    this.#starting.abort(new Error("nobody waits for dockerd any more"));
    this.#server.close();
    try {
      if (this.#record !== undefined) await this.#clearUp(this.#record);
      if (place.private !== undefined) removePrivateBridge(place, (text) => this.#note(text));
      rmSync(place.directory, { recursive: true, force: true });
    } catch (error) {
      this.#note(`Cannot clear up after dockerd: ${error.message}`);
    }
    rmSync(place.lockFile, { force: true });
    this.#tell({ ended: true });
    for (const socket of this.#sockets) socket.end(() => socket.destroy());
    process.stdin.destroy();
  }
}

/** Whether the lock this process holds is still the file that others will find: a keeper that ends removes it. */
function holdsTheLock(place) {
  try {
    return fstatSync(LOCK_DESCRIPTOR).ino === statSync(place.lockFile).ino;
  } catch (error) {
    if (error.code === "ENOENT") return false;
    throw error;
  }
}

const place = JSON.parse(process.argv[2]);
if (holdsTheLock(place)) await new Keeper(place).run();
else process.exitCode = LOCK_TAKEN_CODE;
