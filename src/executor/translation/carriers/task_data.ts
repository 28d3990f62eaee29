import type { ExecutorInfo, TaskInfo } from "../../../mesos/protocol.ts";
import { TaskError } from "../../task/task_error.ts";
import { OfferedPorts } from "../offered_ports.ts";
import type { Statement } from "../statement.ts";
import { readChronosData } from "./chronos.ts";
import { documentFields } from "./document_schema.ts";
import { readMarathonApp } from "./marathon.ts";
import { readSingularityData } from "./singularity_data.ts";
import { readDocument } from "./task_document.ts";

/** What TaskInfo.data says. */
export interface TaskData {
  statement: Statement;
  /** Whose form it has: `legacy` is that of frameworks which leave ports to the executor. */
  form: "ours" | "legacy" | "none";
  /** Words for argv. */
  words: readonly string[];
  warnings: readonly string[];
}

const source = "TaskInfo.data";

/** Keys of a document of ours that no other form has at its top: without its version it would run something else. */
const onlyOurs = new Set(Object.keys(documentFields).filter((key) => !["args", "env", "ports", "user"].includes(key)));

const nothing: TaskData = { statement: { source }, form: "none", words: [], warnings: [] };

/**
 * Reads TaskInfo.data in whichever form a framework writes it (contract D.4, D.5, D.7, D.8): our document, the JSON of old
 * Marathon, `flags|command` of Chronos, or, beside a TaskInfo.container, a command of Singularity. Text of any other kind
 * is not heeded, with a warning, as the first mesos-docker did. Throws {@link TaskError} for a document of ours that is wrong.
 */
export function readTaskData(task: TaskInfo, executorInfo: ExecutorInfo): TaskData {
  const text = decode(task.data);
  if (text === undefined) return unheeded("it is no text in UTF-8");
  if (text.trim() === "") return task.data.length === 0 ? readExecutorData(executorInfo) : nothing;
  if (text.trimStart().startsWith("{")) return readJson(text, task);
  if (task.container?.docker) return toData({ ...readSingularityData(text), source }, "none");
  const chronos = readChronosData(text);
  if (!chronos) return unheeded('it is neither JSON nor "flags|command"');
  const { words, ...said } = chronos;
  return { ...toData({ source, ...said }, "legacy"), words };
}

/** A document of ours in ExecutorInfo.data is for all tasks that bring no data of their own. */
function readExecutorData({ data }: ExecutorInfo): TaskData {
  if (data.length === 0) return nothing;
  const name = "ExecutorInfo.data";
  const document = parse(decode(data) ?? "");
  if (!isOurs(document)) throw new TaskError("unsupported", `Cannot honour ${name}: it is no document of mesos-docker`);
  return toData(readDocument(document, name), "ours");
}

function readJson(text: string, task: TaskInfo): TaskData {
  const value = parse(text);
  if (isOurs(value)) return toData(readDocument(value, source), "ours");
  if (value === undefined) {
    // A slip of the pen in a document of ours must not run something else.
    if (text.includes('"mesosDocker"')) throw new TaskError("invalid", `Cannot use ${source}: it is not JSON`);
    return unheeded("it is not JSON");
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) return unheeded("it is no JSON object");
  if (Object.keys(value).some((key) => onlyOurs.has(key))) {
    const found = 'it has keys of a document of mesos-docker, and "mesosDocker": 1 is missing';
    throw new TaskError("invalid", `Cannot use ${source}: ${found}`);
  }
  if (task.container?.docker) return toData({ ...readSingularityData(text), source }, "none");
  const { statement, warnings } = readMarathonApp(value as Record<string, unknown>, {
    offeredPorts: new OfferedPorts(task).list(),
  });
  return { ...toData({ ...statement, source }, "legacy"), warnings: warnings.map((one) => `${source}: ${one}`) };
}

function isOurs(value: unknown): boolean {
  return typeof value === "object" && value !== null && Object.hasOwn(value, "mesosDocker");
}

function toData(statement: Statement, form: TaskData["form"]): TaskData {
  return { statement, form, words: [], warnings: [] };
}

function unheeded(why: string): TaskData {
  return { ...nothing, form: "legacy", warnings: [`${source} is not heeded: ${why}`] };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Undefined is no JSON: whoever asked says what that means.
    return undefined;
  }
}

function decode(data: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(data);
  } catch {
    // No text in UTF-8.
    return undefined;
  }
}
