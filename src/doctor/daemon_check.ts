import { type Engine, EngineError, type EngineErrorCode, type EngineInfo } from "../docker/mod.ts";
import { messageOf } from "../notation/thrown.ts";
import { type Finding, failure, well } from "./finding.ts";

const about = "daemon";

const mends: Partial<Record<EngineErrorCode, string>> = {
  absent: "start dockerd, or say in DOCKER_HOST where it listens",
  forbidden: "run the agent, and with it its executors, as root or as a member of the socket's group",
  timeout: "look at its log (journalctl -u docker); a daemon that hangs has to be restarted",
  unsupported: "use Docker 1.12 or newer, and say in DOCKER_HOST where it listens",
};

/** Whether the daemon answers, and what it says of itself; undefined when it does not. */
export async function examineDaemon(
  engine: Engine,
  signal: AbortSignal,
): Promise<{ findings: Finding[]; info: EngineInfo | undefined }> {
  try {
    const version = await engine.version({ signal });
    const { engineVersion, apiVersion, os, arch } = version;
    const info = await engine.info({ signal });
    return { findings: [well(about, `Docker ${engineVersion}, API ${apiVersion}, ${os}/${arch}`)], info };
  } catch (error) {
    signal.throwIfAborted();
    const code = error instanceof EngineError ? error.code : "failed";
    const mend = mends[code] ?? "look at its log (journalctl -u docker)";
    return { findings: [failure(about, messageOf(error), mend)], info: undefined };
  }
}
