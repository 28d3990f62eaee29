import { chmod, lstat, realpath, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Mount } from "../../docker/mod.ts";
import { isWithin } from "../../runtime/path_tree.ts";
import { TaskError } from "../task/task_error.ts";
import type { HostMount, MountSpec } from "../task/task_spec.ts";
import type { SettledMounts } from "./create_body.ts";
import { makeOwnedFolder } from "./owned_folder.ts";
import { createSecretFolder, removeSecretFolder } from "./secret_folder.ts";

/** A task's mounts as the daemon takes them. Disposing it removes the files of secrets. */
export interface HostMounts extends SettledMounts, AsyncDisposable {
  /** Paths of the host that no task chose: the sandbox, persistent volumes, the files of secrets. */
  ownPaths: readonly string[];
  /** Images that are mounted. */
  images: readonly string[];
}

/**
 * Looks at the host for each mount: links are followed, directories made, secrets written. `directory` is the sandbox.
 * Throws {@link TaskError} `launch` when something cannot be made.
 */
export async function openHostMounts(specs: readonly MountSpec[], directory: string): Promise<HostMounts> {
  await using opened = new AsyncDisposableStack();
  const sandbox = await followLinks(directory);
  const binds: string[] = [];
  const mounts: Mount[] = [];
  const ownPaths = [directory, sandbox];
  const secrets = specs.filter((spec) => spec.kind === "secret");
  const secretFiles = secrets.length > 0 ? await writeSecrets(secrets, opened) : [];
  const secretPaths = [...secretFiles];
  for (const spec of specs) {
    if (spec.kind === "secret") mounts.push(toBindMount(spec, secretPaths.shift() ?? "", undefined));
    else if (spec.kind === "image")
      mounts.push({ Type: "image", Source: spec.image, Target: spec.target, ReadOnly: true });
    else if (spec.kind === "volume") mounts.push(toVolumeMount(spec));
    else {
      const path = await settlePath(spec, directory);
      if (await isAgents(spec, path)) ownPaths.push(path);
      if (isBindable(spec, path)) binds.push(toBind(spec, path));
      else mounts.push(toBindMount(spec, path, spec.propagation));
    }
  }
  const kept = opened.move();
  const images = specs.flatMap((spec) => (spec.kind === "image" ? [spec.image] : []));
  return {
    binds,
    mounts,
    ownPaths: [...ownPaths, ...secretFiles],
    images,
    [Symbol.asyncDispose]: () => kept.disposeAsync(),
  };
}

/** A container can put a link in the place of what the agent has laid into the sandbox. */
async function isAgents({ chosenBy, roots }: HostMount, path: string): Promise<boolean> {
  if (chosenBy === "task" || !roots) return chosenBy === "agent";
  const real = await Promise.all(roots.map(followLinks));
  return real.some((root) => isWithin(path, root));
}

/** Links are followed now, so that what is checked is what the daemon mounts. */
async function settlePath(spec: HostMount & { target: string }, directory: string): Promise<string> {
  if (spec.missing === "made for the owner" || (await lacksMaker(spec, directory))) {
    await makeOwnedFolder(directory, spec.path);
  }
  return await followLinks(spec.path);
}

/** Whether a path of the sandbox is missing that the daemon would make, if it could be said in `HostConfig.Binds`. */
async function lacksMaker(spec: HostMount & { target: string }, directory: string): Promise<boolean> {
  if (spec.missing !== "made by the daemon" || spec.chosenBy === "agent" || isBindable(spec, spec.path)) return false;
  if (!isWithin(spec.path, directory)) return false;
  return await lstat(spec.path).then(
    () => false,
    () => true,
  );
}

async function followLinks(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    // It is not there, or not for us: what that means is for the daemon to say, whose host it is.
    return path;
  }
}

/**
 * `HostConfig.Binds` makes a source that is missing, as the stock executor does; `HostConfig.Mounts` refuses it, and is
 * the only one that takes paths with a colon.
 */
function isBindable(spec: HostMount & { target: string }, path: string): boolean {
  return spec.missing !== "refused" && !path.includes(":") && !spec.target.includes(":");
}

function toBind(spec: MountSpec & HostMount, path: string): string {
  const propagation = spec.propagation === undefined ? "" : `,${spec.propagation}`;
  return `${path}:${spec.target}:${spec.mode}${propagation}`;
}

function toBindMount({ target, mode }: MountSpec, path: string, propagation: string | undefined): Mount {
  return {
    Type: "bind",
    Source: path,
    Target: target,
    ReadOnly: mode === "ro",
    ...(propagation === undefined ? {} : { BindOptions: { Propagation: propagation } }),
  };
}

function toVolumeMount({ name, driver, options, target, mode }: MountSpec & { kind: "volume" }): Mount {
  const config = { ...(driver === undefined ? {} : { Name: driver }), ...(options ? { Options: options } : {}) };
  return {
    Type: "volume",
    Source: name,
    Target: target,
    ReadOnly: mode === "ro",
    ...(Object.keys(config).length > 0 ? { VolumeOptions: { DriverConfig: config } } : {}),
  };
}

/** Nobody of the host can enter the folder; whoever the container runs as can read the files that are mounted from it. */
async function writeSecrets(
  secrets: readonly (MountSpec & { kind: "secret" })[],
  opened: AsyncDisposableStack,
): Promise<string[]> {
  try {
    const folder = await createSecretFolder();
    opened.defer(() => removeSecretFolder(folder));
    const paths = secrets.map((_, index) => join(folder, String(index)));
    for (const [index, { bytes }] of secrets.entries()) {
      const path = paths[index] ?? "";
      await writeFile(path, bytes, { flag: "wx", mode: 0o400 });
      await chmod(path, 0o444);
    }
    return paths;
  } catch (cause) {
    throw new TaskError("launch", `Cannot write the task's secrets: ${(cause as Error).message}`, { cause });
  }
}
