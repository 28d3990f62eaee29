// apt for a suite that is not this machine's: its own sources, lists and cache, all in one folder. Nothing is installed,
// and what the machine's apt knows is neither read nor changed.
import { mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import process from "node:process";
import { runOrThrow } from "../machine/run_quietly.mjs";

const DOWNLOAD_MS = 10 * 60_000;

/** Nothing is installed, so that nobody else has to be kept from it. */
const WHOLE = ["--no-install-recommends", "-o", "Debug::NoLocking=1"];

/** apt in `folder`, for `suite` of the mirror. */
export class PrivateApt {
  #suite;
  #env;

  constructor(folder, suite, mirror) {
    this.#suite = suite;
    const at = (...names) => join(folder, ...names);
    for (const name of ["lists/partial", "archives/partial"]) mkdirSync(at(name), { recursive: true });
    writeFileSync(at("status"), ""); // Nothing counts as installed.
    const signedBy = mirror.signedBy === undefined ? [] : [`Signed-By: ${mirror.signedBy}`];
    const stanza = ["Types: deb", `URIs: ${mirror.uri}`, `Suites: ${suite}`, "Components: main", ...signedBy];
    writeFileSync(at("suite.sources"), `${stanza.join("\n")}\n`);
    const settings = {
      "Dir::Etc::sourcelist": at("suite.sources"),
      "Dir::Etc::sourceparts": "/dev/null",
      "Dir::Etc::preferences": "/dev/null",
      "Dir::Etc::preferencesparts": "/dev/null",
      "Dir::State": folder,
      "Dir::State::lists": at("lists"),
      "Dir::State::status": at("status"),
      "Dir::Cache": folder,
      "Acquire::Languages": "none",
      // The folder may be one that apt's own user cannot enter.
      "APT::Sandbox::User": "root",
    };
    const lines = Object.entries(settings).map(([name, value]) => `${name} "${value}";`);
    writeFileSync(at("apt.conf"), `${lines.join("\n")}\n`);
    this.#env = { ...process.env, APT_CONFIG: at("apt.conf"), LC_ALL: "C", DEBIAN_FRONTEND: "noninteractive" };
  }

  /** Reads the suite's package lists. */
  async update() {
    // A failed fetch is a warning to apt-get update, which then goes on with old lists.
    await this.#run("read the package lists", "apt-get", ["update", "-o", "APT::Update::Error-Mode=any"]);
  }

  /** Names of the packages that `name` needs, each with its alternatives. */
  async dependencies(name) {
    const text = await this.#run(`look up "${name}"`, "apt-cache", ["show", "--no-all-versions", name]);
    const clauses = (/^Depends: (.*)$/m.exec(text)?.[1] ?? "").split(",");
    return clauses.map((clause) => clause.split("|").map((one) => one.trim().split(/[ :(]/)[0]));
  }

  /** Where the packages' archives would come from now, as apt writes it: the same text means the same packages. */
  async locate(names) {
    return await this.#run("look up packages", "apt-get", ["download", "--print-uris", ...names]);
  }

  /** Downloads packages into a folder; gives the paths of their archives. */
  async download(names, folder) {
    mkdirSync(folder, { recursive: true });
    await this.#run("download packages", "apt-get", ["download", ...names], folder);
    const archives = archivesIn(folder);
    if (archives.length !== names.length) {
      throw new Error(
        `Cannot download "${names.join(" ")}" of ${this.#suite}: apt-get left ${archives.length} archives`,
      );
    }
    return archives;
  }

  /** Those of the names that the suite has. */
  async known(names) {
    const packages = await this.#run("list the packages", "apt-cache", ["pkgnames"]);
    const all = new Set(packages.split("\n"));
    return names.filter((name) => all.has(name));
  }

  /** As {@link locate}, with all that the packages depend on. */
  async locateWhole(names) {
    return await this.#run("look up packages", "apt-get", ["install", "--print-uris", "-y", "-qq", ...WHOLE, ...names]);
  }

  /** As {@link download}, with all that the packages depend on. */
  async downloadWhole(names, folder) {
    mkdirSync(join(folder, "partial"), { recursive: true });
    const place = ["-o", `Dir::Cache::archives=${folder}`];
    await this.#run("download packages", "apt-get", ["install", "--download-only", "-y", ...WHOLE, ...place, ...names]);
    return archivesIn(folder);
  }

  async #run(what, program, args, cwd = "/") {
    return await runOrThrow(`${what} of ${this.#suite}`, program, args, {
      cwd,
      env: this.#env,
      deadlineMs: DOWNLOAD_MS,
    });
  }
}

function archivesIn(folder) {
  const names = readdirSync(folder).filter((name) => name.endsWith(".deb"));
  return names.map((name) => join(folder, name));
}
