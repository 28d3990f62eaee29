import { type Engine, openEngine } from "../docker/mod.ts";
import type { CommandContext } from "./command_line.ts";
import { readDockerHost } from "./docker_host.ts";

/** Opens the daemon that the caller's variables name when it is first wanted; `resources` close it. */
export function lazyEngine({ variables, log }: CommandContext, resources: AsyncDisposableStack): () => Engine {
  let engine: Engine | undefined;
  return () => (engine ??= resources.use(openEngine(readDockerHost(variables), { log })));
}
