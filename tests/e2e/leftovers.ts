import type { ContainerSummary, Engine } from "../../src/docker/mod.ts";
import { readEnvironment } from "../../src/runtime/marked_processes.ts";
import { listPids } from "../../src/runtime/process_list.ts";

/** Containers, running or not, of tasks whose labels the test knows as its own; others run beside us. */
export async function findContainers(
  engine: Engine,
  isOurs: (labels: Readonly<Record<string, string>>) => boolean,
): Promise<ContainerSummary[]> {
  const found = await engine.listContainers({ labels: ["mesos-docker.task"], all: true });
  return found.filter(({ Labels }) => isOurs(Labels));
}

/** Removes what a failed test left behind, so that it disturbs nobody else, and says what that was. */
export async function removeContainers(engine: Engine, containers: readonly ContainerSummary[]): Promise<string[]> {
  for (const { Id } of containers) await engine.removeContainer(Id, { force: true, volumes: true });
  return containers.map(({ Names, State }) => `container ${Names.join()}, ${State}`);
}

/** Pids of all processes whose environment, as they were started with it, holds the text. */
export function findProcesses(text: string): number[] {
  return listPids().filter((pid) => readEnvironment(pid).includes(text));
}
