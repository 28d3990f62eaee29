// Where the wrapper's dockerd keeps its things. One place per socket: whoever means the same socket means the same daemon.
import { createHash } from "node:crypto";
import { existsSync, readFileSync, realpathSync } from "node:fs";
import { basename, delimiter, dirname, join } from "node:path";
import process from "node:process";
import { STANDARD_SOCKET } from "./docker_address.mjs";
import { isRunning, systemEnvironment } from "./processes.mjs";

/** The descriptor by which a keeper holds the lock of its place. */
export const LOCK_DESCRIPTOR = 9;
/** Exit code of a keeper that finds the lock taken. */
export const LOCK_TAKEN_CODE = 75;

/** Where dockerd keeps what lives as long as it runs, unless told otherwise. */
const STANDARD_EXEC_ROOT = "/var/run/docker";

/**
 * The place of the daemon that listens, or is to listen, at `address` (kind "unix").
 * Everything but the data root lies under /run, where only root writes and which a reboot clears.
 */
export function daemonPlace(address, env) {
  const socket = canonical(address.path);
  const standard = socket === canonical(STANDARD_SOCKET);
  const id = standard ? "standard" : createHash("sha256").update(socket).digest("hex").slice(0, 12);
  const directory = `/run/mesos-docker-test-${id}`;
  return {
    address,
    directory,
    lockFile: `${directory}.lock`,
    keeperSocket: join(directory, "keeper.sock"),
    recordFile: join(directory, "record.json"),
    logFile: join(directory, "dockerd.log"),
    execRoot: standard ? STANDARD_EXEC_ROOT : join(directory, "exec"),
    containerdNamespace: standard ? "moby" : `mesos-docker-test-${id}`,
    private: standard ? undefined : privateSettings(id, env),
  };
}

/** What a dockerd beside the machine's own one needs; its configuration is text of a daemon.json. */
function privateSettings(id, env) {
  return {
    dataRoot: env.MESOS_DOCKER_TEST_DATA_ROOT,
    bridge: `md${id}`,
    configuration: env.MESOS_DOCKER_TEST_DAEMON_JSON || "{}",
  };
}

function canonical(path) {
  const folder = dirname(path);
  return existsSync(folder) ? join(realpathSync(folder), basename(path)) : path;
}

/** What the last keeper noted: `{ dockerd, traces }`, the process and the machine before it; undefined without one. */
export function readRecord(place) {
  try {
    return JSON.parse(readFileSync(place.recordFile, "utf8"));
  } catch (error) {
    // EACCES: the place is root's, and who is not root has no daemon there.
    if (error.code === "ENOENT" || error.code === "EACCES") return undefined;
    throw error;
  }
}

/** Whether a dockerd that a keeper started at this place runs, with its keeper or without. */
export function hasDaemon(place) {
  return isRunning(readRecord(place)?.dockerd);
}

/** Why no dockerd can be started at a place from which askDocker() got `answer`; undefined when nothing is in the way. */
export function obstacleToStart(place, answer) {
  if (answer.kind === "denied") return `${answer.reason}; run this as root or as a member of the group docker`;
  if (answer.kind === "silent") return `${answer.reason}, yet something listens there, so none is started beside it`;
  if (process.platform !== "linux") return `${answer.reason}; start Docker first`;
  if (process.getuid() !== 0) return `${answer.reason}; ${adviceForUsers()}`;
  if (place.private !== undefined && !place.private.dataRoot) {
    return `${answer.reason}; name a folder for its images and containers in MESOS_DOCKER_TEST_DATA_ROOT to have one started there`;
  }
  return undefined;
}

function adviceForUsers() {
  if (findProgram("dockerd") !== undefined) return "start it (systemctl start docker), or run this as root";
  return "dockerd is not installed; install it (apt-get install docker.io), or run this as root";
}

/** The path of a program, looked for where root's programs are too; undefined when it is not installed. */
export function findProgram(name) {
  const folders = (systemEnvironment(process.env).PATH ?? "").split(delimiter);
  return folders.map((folder) => join(folder, name)).find((path) => existsSync(path));
}
