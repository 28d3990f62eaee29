// npm run test:clients [-- SUITE]    has clients of a newer Debian suite push to and pull from our registry.
//
// crane, oras, podman, buildah and skopeo come from the packages of SUITE, `sid` unless named, fetched from this machine's mirror
// (115 MB) and unpacked in .cache/clients, not installed. tests/e2e/clients_test.ts finds them in PATH. Prints the clients'
// versions and the tests' output, and ends with `N passed, N failed`. Needs root, and a daemon as `npm test` does.
import { existsSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import { delimiter, join } from "node:path";
import process from "node:process";
import { readMirror } from "../engines/apt_mirror.mjs";
import { programFolders } from "../engines/linkage.mjs";
import { ensureTree } from "../engines/package_tree.mjs";
import { PrivateApt } from "../engines/private_apt.mjs";
import { ROOT, runQuietly } from "../machine/run_quietly.mjs";

const CLIENTS = ["crane", "oras", "podman", "buildah", "skopeo"];
/** What podman looks for before it does anything; it uses the network's helper for no image. */
const HELPERS = ["conmon", "crun", "netavark"];
const RUN_MS = 20 * 60_000;

function say(text) {
  process.stdout.write(`${text}\n`);
}

/** A folder with the clients of a suite and nothing else of it. */
async function prepareClients(suite) {
  const folder = join(ROOT, ".cache", "clients", suite);
  mkdirSync(folder, { recursive: true });
  const apt = new PrivateApt(join(folder, "apt"), suite, readMirror());
  await apt.update();
  const names = await apt.known(CLIENTS);
  const packages = { locate: () => apt.locateWhole(names), download: (place) => apt.downloadWhole(names, place) };
  const wanted = [...names, ...(names.includes("podman") ? HELPERS : [])];
  const programs = new RegExp(`^(${wanted.join("|")})$`);
  const tree = await ensureTree(packages, { folder, programs, note: () => undefined });
  const archives = await packages.locate();
  for (const name of CLIENTS) say(`${name} ${versionIn(archives, name) ?? `is not in ${suite}`}`);
  const links = join(folder, "programs");
  rmSync(links, { recursive: true, force: true });
  mkdirSync(links);
  for (const name of wanted) {
    const program = [...programFolders(tree), join(tree, "usr/lib/podman")]
      .map((place) => join(place, name))
      .find((path) => existsSync(path));
    if (program === undefined) throw new Error(`Cannot find "${name}" in the packages of ${suite}`);
    symlinkSync(program, join(links, name));
  }
  return links;
}

/** Version of a package in what apt says of archives. */
function versionIn(archives, name) {
  const version = new RegExp(`\\b${name}_([^_ ]+)_`).exec(archives)?.[1];
  return version && decodeURIComponent(version);
}

async function main(suite) {
  const programs = await prepareClients(suite);
  const env = { ...process.env, PATH: [programs, process.env.PATH].join(delimiter), NO_COLOR: "1" };
  const tests = ["tests/machine/run_tests.mjs", "--bun", "--e2e", join("tests", "e2e", "clients_test.ts")];
  const args = ["tests/machine/with_docker.mjs", "--", process.execPath, ...tests];
  const { failure, output } = await runQuietly(process.execPath, args, { env, deadlineMs: RUN_MS });
  say(output);
  return failure === undefined ? 0 : 1;
}

const [suite = "sid", ...more] = process.argv.slice(2);
if (more.length > 0 || !/^[a-z][a-z0-9-]*$/.test(suite)) {
  process.stderr.write("Usage: npm run test:clients [-- SUITE]\n");
  process.exitCode = 2;
} else {
  try {
    process.exitCode = await main(suite);
  } catch (error) {
    process.stderr.write(`${error.message}\n`);
    say("0 passed, 1 failed");
    process.exitCode = 1;
  }
}
