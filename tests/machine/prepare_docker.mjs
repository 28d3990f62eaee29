// A Docker daemon: one that answers, or a dockerd that can be started. Debian's docker.io is installed when both miss.
import { daemonPlace, findProgram, obstacleToStart } from "./daemon_place.mjs";
import { installPackages } from "./debian_packages.mjs";
import { askDocker, readDockerAddress } from "./docker_address.mjs";

/**
 * docker.io brings dockerd, containerd, runc and iptables, and on Debian 13 no docker command, which nobody here needs;
 * iproute2 takes the bridge docker0 away again. skopeo is a client of registries that is not ours.
 */
const PACKAGES = ["docker.io", "iproute2", "skopeo"];

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
  await installPackages(PACKAGES, "no Docker daemon is on this machine");
  if (findProgram("dockerd") === undefined) throw new Error("Cannot find dockerd after the installation of docker.io");
}
