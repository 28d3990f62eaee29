// Packages of Debian, installed by apt-get.
import process from "node:process";
import { findProgram } from "./daemon_place.mjs";
import { systemEnvironment } from "./processes.mjs";
import { runOrThrow, runQuietly } from "./run_quietly.mjs";

/** Installs packages, and says why before; throws with what apt-get said. */
export async function installPackages(packages, why) {
  if (findProgram("apt-get") === undefined) {
    throw new Error(`${packages[0]} is not installed, and there is no apt-get to install it with: install it first`);
  }
  process.stdout.write(`Installing Debian's ${packages.join(" and ")} (${why})\n`);
  const options = { env: { ...systemEnvironment(process.env), DEBIAN_FRONTEND: "noninteractive" } };
  const update = await runQuietly("apt-get", ["update"], options);
  // Package lists from before may do: the installation decides, and tells of both when it fails.
  const hint = update.failure === undefined ? "" : ` (apt-get update ${update.failure}: ${update.output})`;
  await runOrThrow(
    `install ${packages[0]}${hint}`,
    "apt-get",
    ["install", "-y", "--no-install-recommends", ...packages],
    options,
  );
}
