import { spawn } from "node:child_process";
import { appendFile, open } from "node:fs/promises";
import { join } from "node:path";
import process from "node:process";
import type { Container, ContainerExit, Containerizer, ContainerSpec } from "./containerizer.ts";
import { fetchUris } from "./fetcher.ts";

/**
 * Runs executors as processes of this host, each the leader of a session of its own. A container is that process
 * group: what leaves it with another setsid() outlives it, unlike in an agent's cgroup.
 */
export const processContainerizer: Containerizer = {
  async launch(spec, { signal }) {
    const { containerId, user } = spec;
    await fetchUris(spec.command.uris, spec.sandbox, { containerId, signal, ...(user ? { user } : {}) });
    signal.throwIfAborted();
    return await fork(spec);
  },
};

async function fork(spec: ContainerSpec): Promise<Container> {
  const out = await open(join(spec.sandbox, "stdout"), "a");
  const error = await open(join(spec.sandbox, "stderr"), "a");
  try {
    if (spec.user) for (const file of [out, error]) await file.chown(spec.user.uid, spec.user.gid);
    return await start(spec, out.fd, error.fd);
  } finally {
    // The child has its own descriptors of them.
    await Promise.all([out.close(), error.close()]);
  }
}

/** `/bin/sh -c value`, or the value with `arguments`, of which the first is its argv[0] (contract A.1). */
function toArgv({ command }: ContainerSpec): { file: string; args: string[]; argv0?: string } {
  if (command.shell) return { file: "/bin/sh", args: ["-c", command.value], argv0: "sh" };
  const [argv0, ...args] = command.arguments;
  return { file: command.value, args, ...(argv0 === undefined ? {} : { argv0 }) };
}

function start(spec: ContainerSpec, out: number, error: number): Promise<Container> {
  const { file, args, argv0 } = toArgv(spec);
  const child = spawn(file, args, {
    cwd: spec.sandbox,
    env: { ...spec.environment },
    stdio: ["ignore", out, error],
    detached: true,
    ...(argv0 === undefined ? {} : { argv0 }),
    ...spec.user,
  });
  return new Promise((resolve) => {
    const { promise: exited, resolve: exit } = Promise.withResolvers<ContainerExit>();
    let isRunning = true;
    child.once("exit", (code, signal) => {
      isRunning = false;
      // Children that the leader left behind end with it, as they do when an agent destroys the cgroup. The group's
      // number cannot have been given away as long as one of them lives.
      killGroup(child.pid);
      exit(code === null ? { kind: "signal", signal: signal ?? "SIGKILL" } : { kind: "code", code });
    });
    child.once("spawn", () => {
      const destroy = () => {
        if (isRunning) killGroup(child.pid);
      };
      resolve({ pid: child.pid, exited, destroy });
    });
    child.once("error", (cause) => resolve(failedExec(spec, cause)));
  });
}

/** A command that cannot be executed: agents have forked by then, so it is an exit with a line in stderr. */
function failedExec(spec: ContainerSpec, cause: Error): Container {
  const line = `Failed to execute '${spec.command.value}': ${cause.message}\n`;
  const exit = (): ContainerExit => ({ kind: "code", code: 1 });
  // The exit counts even where the disk is too full for the line.
  const exited = appendFile(join(spec.sandbox, "stderr"), line).then(exit, exit);
  return { pid: undefined, exited, destroy: () => undefined };
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, "SIGKILL");
  } catch (error) {
    // Nobody is left: what was wanted.
    if (!(error instanceof Error && "code" in error && error.code === "ESRCH")) throw error;
  }
}
