// node tests/machine/prepare.mjs    makes `npm run demo` and `npm test` possible on a Debian machine with Node and npm.
//
// Installs the npm packages, sees to it that a dockerd is there to be started (with_docker.mjs starts it), and builds
// dist/mesos-docker; with --browser, to chromium as well. Each only when it is missing or out of date; one line is printed for what is done.
import process from "node:process";
import { ensureBuild } from "./prepare_build.mjs";
import { ensureChromium } from "./prepare_chromium.mjs";
import { ensureDocker } from "./prepare_docker.mjs";
import { ensurePackages } from "./prepare_packages.mjs";

try {
  await ensurePackages();
  await ensureDocker(process.env);
  if (process.argv.includes("--browser")) await ensureChromium();
  await ensureBuild();
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
