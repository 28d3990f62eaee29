// deb.ts, closure.ts and store.ts on packages that dpkg-deb builds here.
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { chmod, link, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { type TestContext, test } from "node:test";
import { silentLog } from "../../src/runtime/log.ts";
import type { Package, PackageSource } from "./apt.ts";
import { collectLibraries, collectPackages } from "./closure.ts";
import { linkTarget, readDeb } from "./deb.ts";
import type { LayerEntry } from "./layer.ts";
import { PackageError } from "./package_error.ts";
import type { Recipe } from "./recipes.ts";
import { storeImage } from "./store.ts";
import { syntheticElf } from "./synthetic_elf.ts";

const skip = spawnSync("dpkg-deb", ["--version"]).error !== undefined && "dpkg-deb is not installed";

type Content = string | Uint8Array | { link: string } | { hardLink: string } | { setuid: string };

async function openFolder(t: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "mesos-docker-images-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** Builds a .deb; gives its path. */
async function buildDeb(folder: string, name: string, files: Record<string, Content>): Promise<string> {
  const tree = join(folder, `${name}.tree`);
  await mkdir(join(tree, "DEBIAN"), { recursive: true });
  const control = `Package: ${name}\nVersion: 1\nArchitecture: all\nMaintainer: x <x@example.org>\nDescription: x\n`;
  await writeFile(join(tree, "DEBIAN/control"), control);
  for (const [path, content] of Object.entries(files)) {
    const target = join(tree, path);
    await mkdir(dirname(target), { recursive: true });
    if (typeof content === "string" || content instanceof Uint8Array) await writeFile(target, content);
    else if ("link" in content) await symlink(content.link, target);
    else if ("hardLink" in content) await link(join(tree, content.hardLink), target);
    else {
      await writeFile(target, content.setuid);
      await chmod(target, 0o4755);
    }
  }
  const deb = join(folder, `${name}_1_all.deb`);
  const built = spawnSync("dpkg-deb", ["--build", "--root-owner-group", "-Znone", tree, deb], { encoding: "utf8" });
  assert.equal(built.status, 0, built.stderr);
  return deb;
}

/** A source of packages built on demand, which notes what is downloaded. */
function fakeSource(archives: Record<string, string>, depends: Record<string, string[]> = {}, version = "1") {
  const downloaded: string[] = [];
  const known = Object.keys(archives).map((name): Package => ({ name, version, depends: depends[name] ?? [] }));
  const source: PackageSource = {
    describe: async (names) => new Map(known.filter(({ name }) => names.includes(name)).map((one) => [one.name, one])),
    download: async (names) => {
      downloaded.push(...names);
      return new Map(names.map((name) => [name, archives[name] ?? ""]));
    },
    listsDigest: async () => version,
    refresh: async () => undefined,
    architecture: async () => "amd64",
  };
  return { source, downloaded };
}

const paths = (entries: readonly LayerEntry[]) => entries.map(({ path }) => path).sort();

test("readDeb() takes files and links, and leaves out setuid files and what is not kept", { skip }, async (t) => {
  const deb = await buildDeb(await openFolder(t), "a", {
    "bin/tool": "tool",
    "bin/tool-link": { link: "tool" },
    "bin/twin": { hardLink: "bin/tool" },
    "bin/su": { setuid: "danger" },
    "usr/share/doc/a/copyright": "text",
    "usr/bin/odd ü  name": "odd",
  });
  const entries = await readDeb(deb, { keep: (path) => path.startsWith("usr/bin/") });
  assert.deepEqual(paths(entries), ["usr/bin/odd ü  name", "usr/bin/tool", "usr/bin/tool-link", "usr/bin/twin"]);
  const contents = entries.filter((entry) => entry.kind === "file").map(({ content }) => String(content));
  assert.deepEqual(contents.sort(), ["odd", "tool", "tool"]);
});

test("readDeb() tells what is wrong with an archive", { skip }, async (t) => {
  const folder = await openFolder(t);
  const deb = await buildDeb(folder, "a", { "usr/bin/tool": "x".repeat(50_000) });
  const whole = await readFile(deb);
  for (const length of [0, 10, 1000, whole.byteLength - 20_000]) {
    await writeFile(deb, whole.subarray(0, length));
    await assert.rejects(readDeb(deb, { keep: () => true }), (error: unknown) => {
      return error instanceof PackageError && error.code === "damaged" && error.message.includes(deb);
    });
  }
  await assert.rejects(readDeb(join(folder, "absent.deb"), { keep: () => true }), PackageError);
});

test("linkTarget() follows relative and absolute links", () => {
  const rows = [
    ["usr/lib/x/a.so", "a.so.1", "usr/lib/x/a.so.1"],
    ["usr/lib/x/a.so", "../../bin/./b", "usr/bin/b"],
    ["usr/lib64/ld.so", "/lib/x/ld.so", "usr/lib/x/ld.so"],
    ["a", "../../../etc/b", "etc/b"],
  ] as const;
  for (const [path, target, expected] of rows) assert.equal(linkTarget({ path, target }), expected);
});

const dir = "usr/lib/x86_64-linux-gnu";

/** A program that needs liba (and by it libc), among packages that bring nothing. */
async function openArchive(t: TestContext) {
  const folder = await openFolder(t);
  const program = syntheticElf({ interpreter: "/lib64/ld.so.2", libraries: ["liba.so.1", "libc.so.6"] });
  const archives = {
    program: await buildDeb(folder, "program", { "usr/bin/program": program }),
    liba1: await buildDeb(folder, "liba1", {
      [`${dir}/liba.so.1`]: { link: "liba.so.1.2" },
      [`${dir}/liba.so.1.2`]: syntheticElf({ libraries: ["libb.so", "libc.so.6"] }),
      "usr/share/doc/liba1/x": "x",
    }),
    "odd-name": await buildDeb(folder, "odd-name", { [`${dir}/libb.so`]: syntheticElf({ libraries: ["ld.so.2"] }) }),
    libc6: await buildDeb(folder, "libc6", {
      "lib/x86_64-linux-gnu/libc.so.6": syntheticElf({ libraries: [] }),
      "lib/x86_64-linux-gnu/ld.so.2": syntheticElf({ libraries: [] }),
      [`${dir}/gconv/X.so`]: "table",
      "lib64/ld.so.2": { link: "/lib/x86_64-linux-gnu/ld.so.2" },
    }),
    libunused1: await buildDeb(folder, "libunused1", { [`${dir}/libunused.so`]: syntheticElf({ libraries: [] }) }),
    adduser: await buildDeb(folder, "adduser", { "usr/sbin/adduser": "perl" }),
  };
  const depends = {
    program: ["adduser", "liba1", "libc6", "libunused1", "virtual"],
    liba1: ["odd-name", "libc6"],
    "odd-name": ["libc6"],
  };
  return { folder, ...fakeSource(archives, depends) };
}

test("collectLibraries() finds exactly the packages whose libraries are needed", { skip }, async (t) => {
  const { folder, source, downloaded } = await openArchive(t);
  const options = { source, folder };
  const programs = await collectPackages(["program"], (path) => path === "usr/bin/program", options);
  const libraries = await collectLibraries(programs, options);
  assert.deepEqual(
    libraries.map(({ name, entries }) => [name, paths(entries)]),
    [
      ["liba1", [`${dir}/liba.so.1`, `${dir}/liba.so.1.2`]],
      ["libc6", [`${dir}/ld.so.2`, `${dir}/libc.so.6`, "usr/lib64/ld.so.2"]],
      ["odd-name", [`${dir}/libb.so`]],
    ],
  );
  assert.equal(downloaded.includes("adduser"), false);
  assert.equal(new Set(downloaded).size, downloaded.length - 1, "each once, the program again to look for libraries");
});

test("collectLibraries() names the library that no dependency has", { skip }, async (t) => {
  const folder = await openFolder(t);
  const program = await buildDeb(folder, "program", { "usr/bin/program": syntheticElf({ libraries: ["libgone.so"] }) });
  const options = { folder, source: fakeSource({ program }).source };
  const programs = await collectPackages(["program"], () => true, options);
  await assert.rejects(collectLibraries(programs, options), /"libgone.so": no dependency of the package program/);
  await assert.rejects(
    collectPackages(["gone", "program"], () => true, options),
    /"gone"/,
  );
});

test("storeImage() builds once, and again when packages change or the archive is damaged", { skip }, async (t) => {
  const folder = await openFolder(t);
  const archives = { tool: await buildDeb(folder, "tool", { "usr/bin/tool": "1" }) };
  const recipe: Recipe = {
    name: "busybox",
    reference: "mesos-docker/tool:1",
    config: { Env: [], Cmd: ["tool"] },
    packages: ["tool"],
    collect: async (options) => {
      const packages = await collectPackages(["tool"], () => true, options);
      return [{ createdBy: "tool", entries: packages.flatMap(({ entries }) => entries), packages }];
    },
  };
  const cache = join(folder, "cache");
  const store = async (version: string) => {
    const { source, downloaded } = fakeSource(archives, {}, version);
    const stored = await storeImage(recipe, { source, log: silentLog, cache });
    return { stored, bytes: await readFile(stored.archive), downloads: downloaded.length };
  };
  const first = await store("1");
  assert.deepEqual([first.stored.reference, first.downloads], ["mesos-docker/tool:1", 1]);
  assert.match(first.stored.id, /^sha256:[0-9a-f]{64}$/);
  assert.equal((await store("1")).downloads, 0);
  const second = await store("2");
  assert.equal(second.downloads, 1);
  assert.ok(second.bytes.equals(first.bytes), "the same files give the same archive");
  await writeFile(first.stored.archive, first.bytes.subarray(0, 1000));
  assert.ok((await store("2")).bytes.equals(first.bytes));
  await writeFile(join(cache, "busybox.json"), '{"builder":');
  assert.equal((await store("2")).downloads, 1);
  assert.deepEqual(await readdir(cache), ["busybox.json", "busybox.tar"]);
});
