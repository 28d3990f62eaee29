// Makes programs of a newer Debian run with the libraries that came with them, where this machine's are too old. A
// library path in the environment would not do: runc starts itself again with an empty one, and the newer libc needs its
// own dynamic loader, which only the program itself can name.
import { existsSync, mkdirSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { runOrThrow, runQuietly } from "../machine/run_quietly.mjs";

/** Folders of an unpacked tree that programs lie in, as PATH has them. */
export function programFolders(tree) {
  return [join(tree, "usr/sbin"), join(tree, "usr/bin")];
}

/**
 * Links those programs in `tree` to its own libraries that cannot run with the machine's, of those whose names match
 * `programs`. Gives their names.
 */
export async function linkToTree(tree, { scratch, programs }) {
  const missing = [];
  for (const program of programFolders(tree).flatMap((folder) => programsIn(folder, programs))) {
    // Also ends with code 1 for programs that need no library at all.
    const { output } = await runQuietly("ldd", [program], {});
    if (/not found/.test(output)) missing.push(program);
  }
  if (missing.length === 0) return [];
  const patchelf = await fetchPatchelf(scratch);
  const { loader, libraries } = findLibraries(tree);
  for (const program of missing) {
    // Forced, for libraries that need others.
    const links = ["--set-interpreter", loader, "--force-rpath", "--set-rpath", libraries, program];
    await runOrThrow(`link "${program}"`, patchelf, links);
  }
  return missing.map((program) => program.slice(tree.length + 1));
}

/** What is only linked, and what else lies there, is left out. */
function programsIn(folder, names) {
  if (!existsSync(folder)) return [];
  const files = readdirSync(folder, { withFileTypes: true }).filter(
    (entry) => entry.isFile() && names.test(entry.name),
  );
  return files.map(({ name }) => join(folder, name));
}

function findLibraries(tree) {
  const folders = readdirSync(join(tree, "usr/lib"), { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name.endsWith("-linux-gnu"))
    .map(({ name }) => join(tree, "usr/lib", name));
  for (const libraries of folders) {
    const loader = readdirSync(libraries).find((name) => /^ld-linux[\w-]*\.so\.\d+$/.test(name));
    if (loader !== undefined) return { libraries, loader: join(libraries, loader) };
  }
  throw new Error(`Cannot find the dynamic loader in "${tree}": libc6 has none in usr/lib`);
}

/** The machine's patchelf, or its package's, unpacked aside. */
async function fetchPatchelf(scratch) {
  const installed = "/usr/bin/patchelf";
  if (statSync(installed, { throwIfNoEntry: false }) !== undefined) return installed;
  const folder = join(scratch, "patchelf");
  mkdirSync(folder, { recursive: true });
  const options = ["-o", "APT::Sandbox::User=root"];
  await runOrThrow("download patchelf", "apt-get", [...options, "download", "patchelf"], { cwd: folder });
  const [archive] = readdirSync(folder).filter((name) => name.endsWith(".deb"));
  if (archive === undefined) throw new Error(`Cannot download "patchelf": apt-get left no archive`);
  await runOrThrow("unpack patchelf", "dpkg-deb", ["-x", join(folder, archive), folder]);
  return join(folder, "usr/bin/patchelf");
}
