// Debian's chromium, in which the registry's pages are looked at.
import process from "node:process";
import { findProgram } from "./daemon_place.mjs";
import { installPackages } from "./debian_packages.mjs";

/** Installs chromium where it is missing and can be had; without it, the tests that need it are skipped and say so. */
export async function ensureChromium() {
  if (findProgram("chromium") !== undefined || process.getuid?.() !== 0) return;
  try {
    await installPackages(["chromium"], "no browser is on this machine");
  } catch (error) {
    process.stdout.write(`Tests in a browser are skipped: ${error.message}\n`);
  }
}
