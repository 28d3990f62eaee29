// dist/mesos-docker, built again when a source is newer.
import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { npm, ROOT, runOrThrow } from "./run_quietly.mjs";

const BINARY = "dist/mesos-docker";
const SOURCES = ["package.json", "package-lock.json", "tsconfig.json", "mod.ts", "src", "registry", "proto"];

/** Runs `npm run build` when the binary is missing or older than a source, or a folder of sources. */
export async function ensureBuild() {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8"));
  if (scripts?.build === undefined) return;
  const built = changedAt(join(ROOT, BINARY));
  if (SOURCES.every((name) => newestBelow(join(ROOT, name)) < built)) return;
  process.stdout.write(`Building ${BINARY}\n`);
  await runOrThrow(`build "${BINARY}"`, ...npm("run", "build"));
}

/** When a file or a folder (one loses files, too) or anything in it was changed last. */
function newestBelow(path) {
  const own = changedAt(path);
  if (own === 0 || !statSync(path).isDirectory()) return own;
  return Math.max(own, ...readdirSync(path).map((name) => newestBelow(join(path, name))));
}

function changedAt(path) {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
