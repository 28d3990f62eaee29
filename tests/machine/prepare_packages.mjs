// The npm packages: installed as package-lock.json says, and the two runtimes among them able to run.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { npm, ROOT, runOrThrow, runQuietly } from "./run_quietly.mjs";

/** Runs `npm ci` when node_modules is not what package-lock.json asks for, and checks that bun and deno run. */
export async function ensurePackages() {
  if (!isInstalled()) {
    process.stdout.write("Installing the npm packages (npm ci)\n");
    await runOrThrow("install the npm packages", ...npm("ci", "--no-audit", "--no-fund", "--loglevel=error"));
  }
  await Promise.all(["bun", "deno"].map(assertRuns));
}

/** Compares what npm says it installed with what the lock file asks for. Times would lie: a checkout renews them. */
function isInstalled() {
  const installed = readLock("node_modules/.package-lock.json");
  if (installed === undefined) return false;
  const wanted = readLock("package-lock.json");
  const agrees = (path) => {
    // Packages for other platforms are optional and missing. A local folder has no integrity: npm 9 copies it, others
    // link it, and only packages of the registry change behind our back.
    if (installed[path] === undefined) return wanted[path].optional || !path.startsWith("node_modules/");
    return wanted[path].integrity === undefined || wanted[path].integrity === installed[path].integrity;
  };
  return Object.keys(wanted).every(agrees) && Object.keys(installed).every((path) => wanted[path] !== undefined);
}

function readLock(name) {
  try {
    return JSON.parse(readFileSync(join(ROOT, name), "utf8")).packages;
  } catch (error) {
    if (error.code === "ENOENT") return undefined;
    throw error;
  }
}

/** bun and deno fetch nothing but their binaries in a postinstall script; without it they cannot start. */
async function assertRuns(name) {
  const program = join(ROOT, "node_modules", ".bin", name);
  const { failure, output } = await runQuietly(program, ["--version"]);
  if (failure === undefined) return;
  throw new Error(
    `Cannot run "node_modules/.bin/${name}": ${failure}\n${output}\n` +
      "If npm's install scripts are switched off (ignore-scripts in .npmrc), allow them for the runtimes:\n" +
      "    npm rebuild bun deno @bufbuild/buf --ignore-scripts=false",
  );
}
