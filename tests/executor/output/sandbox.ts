import { mkdir, mkdtemp, readdir, readFile, readlink, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** An empty sandbox in an empty folder. */
export interface Sandbox extends AsyncDisposable {
  readonly path: string;
  /** The folder around it, where nothing may be written. */
  readonly outside: string;
}

/** Makes a sandbox that is removed after the test. */
export async function openSandbox(): Promise<Sandbox> {
  const outside = await mkdtemp(join(tmpdir(), "mesos-docker-sandbox-"));
  const path = join(outside, "sandbox");
  await mkdir(path);
  return { path, outside, [Symbol.asyncDispose]: () => rm(outside, { recursive: true }) };
}

/** Texts of a file and those that it was rotated through, oldest first. */
export async function readGenerations(folder: string, name: string): Promise<string[]> {
  const ages = (await readdir(folder)).flatMap((file) => {
    const [, age = "0"] = new RegExp(`^${name}(?:\\.(\\d+))?$`).exec(file) ?? ["", "none"];
    return age === "none" ? [] : [Number(age)];
  });
  const files = ages.sort((a, b) => b - a).map((age) => (age === 0 ? name : `${name}.${age}`));
  return await Promise.all(files.map((file) => readFile(join(folder, file), "latin1")));
}

/** Files below a folder that this process holds open, and folders. */
export async function listOpen(folder: string): Promise<string[]> {
  const descriptors = await readdir("/proc/self/fd");
  // A descriptor may be closed between the two questions: that of the listing itself always is.
  const places = descriptors.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => ""));
  return (await Promise.all(places)).filter((place) => place.startsWith(folder));
}

/** Bytes of a text. */
export function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
