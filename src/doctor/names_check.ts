import type { Engine } from "../docker/mod.ts";
import { messageOf } from "../notation/thrown.ts";
import { type Finding, warning, well } from "./finding.ts";

const about = "names";

/** Names that Mesos' Docker containerizer gives: a prefix, perhaps the agent's id, and a container's id. */
const mesosOwn = /^mesos-(?:.+\.)?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}(?:\.executor)?$/;

/** Containers that an agent with the Docker containerizer would take for its own orphans and remove (contract 0.2, trap 1). */
export async function examineNames(engine: Engine, signal: AbortSignal): Promise<Finding> {
  try {
    const containers = await engine.listContainers({ all: true, signal });
    const names = containers.flatMap(({ Names }) => Names.map((name) => name.slice(1)));
    const endangered = names.filter((name) => name.startsWith("mesos-") && !mesosOwn.test(name));
    if (endangered.length === 0) return well(about, "no container is named like those of Mesos' Docker containerizer");
    const some = endangered
      .slice(0, 5)
      .map((name) => `"${name}"`)
      .join(", ");
    const found = `${some}: agents with the Docker containerizer remove containers whose names begin with mesos-`;
    return warning(about, found, "give them other names (docker rename)");
  } catch (error) {
    signal.throwIfAborted();
    return warning(about, messageOf(error), "look at the daemon's log");
  }
}
