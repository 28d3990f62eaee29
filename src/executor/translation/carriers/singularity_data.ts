import { TaskError } from "../../task/task_error.ts";
import type { Parameter } from "../parameters/parameter.ts";
import type { Statement } from "../statement.ts";
import { ForeignObject, isObject } from "./foreign_object.ts";

const source = "TaskInfo.data";

/** What Singularity's own executor downloads into the sandbox. */
const artifactFields = ["embeddedArtifacts", "externalArtifacts", "s3Artifacts", "s3ArtifactSignatures"];

/**
 * Reads what HubSpot Singularity says to a custom executor (contract D.8): the JSON of its executorData, or the command
 * as plain text. `cmd` and `extraCmdLineArgs` make one line for the shell, unquoted as in Singularity's own executor.
 * How that executor rotates and uploads logs is not heeded. Throws {@link TaskError} `unsupported` that names all which
 * would change what runs and cannot be honoured.
 */
export function readSingularityData(text: string): Statement {
  const document = parse(text);
  if (!document) return { source, ...(text.trim() === "" ? {} : { command: text }) };
  const data = new ForeignObject(document);
  const command = [data.text("cmd") ?? "", ...data.texts("extraCmdLineArgs")].join(" ").trim();
  const user = data.text("user");
  const parameters = readLimits(data);
  for (const field of artifactFields) {
    if (data.objects(field).length > 0) data.fault(field, "is what only Singularity's own executor can fetch");
  }
  if (data.text("runningSentinel")) data.fault("runningSentinel", "cannot be honoured");
  if (!isZeroAlone(data.raw("successfulExitCodes"))) data.fault("successfulExitCodes", "is not [0]");
  if (data.faults.length > 0) throw new TaskError("unsupported", `Cannot use ${source}: ${data.faults.join("; ")}`);
  return {
    source,
    ...(command ? { command } : {}),
    ...(user ? { user } : {}),
    ...(parameters.length > 0 ? { parameters } : {}),
  };
}

function readLimits(data: ForeignObject): Parameter[] {
  const files = data.count("maxOpenFiles");
  const threads = data.count("maxTaskThreads");
  return [
    ...(files ? [{ key: "ulimit", value: `nofile=${files}`, source }] : []),
    ...(threads ? [{ key: "pids-limit", value: `${threads}`, source }] : []),
  ];
}

/** Singularity writes an empty list where nothing was said. */
function isZeroAlone(codes: unknown): boolean {
  return codes === undefined || (Array.isArray(codes) && codes.every((code) => code === 0));
}

function parse(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return isObject(value) ? value : undefined;
  } catch {
    // A command, and no JSON.
    return undefined;
  }
}
