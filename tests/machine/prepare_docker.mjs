// A Docker daemon: one that answers, or a dockerd that can be started. Debian's docker.io is installed when both miss.
import process from "node:process";
import { daemonPlace, findProgram, obstacleToStart } from "./daemon_place.mjs";
import { askDocker, readDockerAddress } from "./docker_address.mjs";
import { systemEnvironment } from "./processes.mjs";
import { runOrThrow, runQuietly } from "./run_quietly.mjs";

/**
 * docker.io brings dockerd, containerd, runc and iptables, and on Debian 13 no docker command, which nobody here needs;
 * iproute2 takes the bridge docker0 away again.
 */
const PACKAGES = ["docker.io", "iproute2"];

/** Sees to it that a daemon answers or can be started; throws with what was found and what to do. */
export async function ensureDocker(env) {
  const address = readDockerAddress(env);
  const answer = await askDocker(address);
  if (answer.kind === "answers") return;
  const obstacle =
    address.kind === "unix"
      ? obstacleToStart(daemonPlace(address, env), answer)
      : `${answer.reason}; start it, or unset DOCKER_HOST`;
  if (obstacle !== undefined) throw new Error(`No Docker daemon answers at ${address.text}: ${obstacle}`);
  if (findProgram("dockerd") === undefined) await installDocker();
}

async function installDocker() {
  if (findProgram("apt-get") === undefined) {
    throw new Error("dockerd is not installed, and there is no apt-get to install it with: install Docker first");
  }
  process.stdout.write(`Installing Debian's ${PACKAGES.join(" and ")} (no Docker daemon is on this machine)\n`);
  const options = { env: { ...systemEnvironment(process.env), DEBIAN_FRONTEND: "noninteractive" } };
  const update = await runQuietly("apt-get", ["update"], options);
  // Package lists from before may do: the installation decides, and tells of both when it fails.
  const hint = update.failure === undefined ? "" : ` (apt-get update ${update.failure}: ${update.output})`;
  await runOrThrow(
    `install ${PACKAGES[0]}${hint}`,
    "apt-get",
    ["install", "-y", "--no-install-recommends", ...PACKAGES],
    options,
  );
  if (findProgram("dockerd") === undefined) throw new Error("Cannot find dockerd after the installation of docker.io");
}
