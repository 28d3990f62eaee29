import { execFile } from "node:child_process";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import type { ImageConfig } from "./archive.ts";
import { type CollectOptions, collectLibraries, collectPackages, type PackageFiles } from "./closure.ts";
import type { LayerEntry } from "./layer.ts";
import { PackageError } from "./package_error.ts";

/** What an image is made of. */
export interface Recipe {
  /** Short name, also of its file in the cache. */
  readonly name: "busybox" | "redis";
  readonly reference: string;
  readonly config: ImageConfig;
  /** The packages that are asked for; libraries are found. */
  readonly packages: readonly string[];
  /** Collects the layers, lowest first. */
  readonly collect: (options: CollectOptions) => Promise<RecipeLayer[]>;
}

/** One layer of a recipe, not yet packed. */
export interface RecipeLayer {
  readonly createdBy: string;
  readonly entries: readonly LayerEntry[];
  /** The packages it comes from, for the record. */
  readonly packages: readonly PackageFiles[];
}

const path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** `mesos-docker/busybox:1`: a shell and the small tools. */
export const busyboxRecipe: Recipe = {
  name: "busybox",
  reference: "mesos-docker/busybox:1",
  config: { User: "root", Env: [path], Cmd: ["sh"] },
  packages: ["busybox-static"],
  collect: async (options) => [baseLayer(), await busyboxLayer(options)],
};

/**
 * `mesos-docker/redis:7`: redis-server and redis-cli, with busybox for a look inside. The tag is ours and stays, also
 * where Debian has a later Redis. The stop signal is not Docker's default, so that a test sees whether it is honoured.
 */
export const redisRecipe: Recipe = {
  name: "redis",
  reference: "mesos-docker/redis:7",
  config: {
    User: "root",
    Env: [path],
    Cmd: ["redis-server", "--protected-mode", "no", "--save", "", "--appendonly", "no", "--dir", "/data"],
    WorkingDir: "/data",
    ExposedPorts: { "6379/tcp": {} },
    StopSignal: "SIGINT",
  },
  packages: ["busybox-static", "redis-server", "redis-tools"],
  collect: async (options) => {
    const isProgram = (path: string) => /^usr\/bin\/redis-(server|cli|check-rdb)$/.test(path);
    const packages = await collectPackages(["redis-server", "redis-tools"], isProgram, options);
    const libraries = await collectLibraries(packages, options);
    return [
      baseLayer(),
      await busyboxLayer(options),
      { createdBy: "shared libraries of redis", entries: uniteEntries(libraries), packages: libraries },
      {
        createdBy: "redis-server and redis-cli",
        entries: [...uniteEntries(packages), { kind: "folder", path: "data", mode: 0o755 }],
        packages,
      },
    ];
  },
};

/** The folders and accounts of a Debian system, with /bin, /sbin and /lib merged into /usr as Debian has them. */
function baseLayer(): RecipeLayer {
  const text = (path: string, ...lines: string[]): LayerEntry => {
    return { kind: "file", path, mode: 0o644, content: Buffer.from(lines.map((line) => `${line}\n`).join("")) };
  };
  const folder = (path: string, mode = 0o755): LayerEntry => ({ kind: "folder", path, mode });
  const merged = ["bin", "lib", "lib64", "sbin"];
  const entries: LayerEntry[] = [
    text("etc/passwd", "root:x:0:0:root:/root:/bin/sh", "nobody:x:65534:65534:nobody:/:/bin/false"),
    text("etc/group", "root:x:0:", "nogroup:x:65534:"),
    text("etc/nsswitch.conf", "passwd: files", "group: files", "hosts: files dns"),
    ...merged.map((name): LayerEntry => ({ kind: "link", path: name, target: `usr/${name}` })),
    ...merged.map((name) => folder(`usr/${name}`)),
    folder("root", 0o700),
    folder("run"),
    folder("tmp", 0o1777),
    folder("var/tmp", 0o1777),
  ];
  return { createdBy: "base files", entries, packages: [] };
}

async function busyboxLayer(options: CollectOptions): Promise<RecipeLayer> {
  const packages = await collectPackages(["busybox-static"], (path) => path === "usr/bin/busybox", options);
  const program = packages.flatMap(({ entries }) => entries).find(({ kind }) => kind === "file");
  if (program?.kind !== "file") throw new PackageError("absent", 'Cannot find "busybox" in the package busybox-static');
  const links = (await listApplets(program.content, options.folder)).map((name): LayerEntry => {
    return { kind: "link", path: `usr/bin/${name}`, target: "busybox" };
  });
  return { createdBy: "busybox", entries: [program, ...links], packages };
}

/** Asks a busybox for its commands: it is linked statically and of this machine's architecture, so it runs here. */
async function listApplets(program: Uint8Array, folder: string): Promise<string[]> {
  const file = join(folder, "busybox");
  await writeFile(file, program, { mode: 0o755 });
  const { stdout } = await promisify(execFile)(file, ["--list"]);
  return stdout.split("\n").filter((name) => name !== "" && name !== "busybox");
}

/** All entries of several packages; a library that two of them carry is a mistake that packLayer() reports. */
function uniteEntries(packages: readonly PackageFiles[]): LayerEntry[] {
  return packages.flatMap(({ entries }) => entries);
}
