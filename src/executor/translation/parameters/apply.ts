import { TaskError } from "../../task/task_error.ts";
import type { ContainerDraft } from "../container_draft.ts";
import { findConflicts, findIdle } from "./conflicts.ts";
import type { ParameterContext } from "./context.ts";
import { ParameterFault, quote } from "./fault.ts";
import type { Course } from "./flag.ts";
import { findFlag, toKey } from "./flag_table.ts";
import { settleNetworks } from "./network_settlement.ts";
import type { Parameter } from "./parameter.ts";

export type { ParameterContext } from "./context.ts";

/**
 * Applies flags of `docker run` in their order, after all else that speaks of the container (contract B.1, B.4): single values
 * replace what the draft has, lists and maps grow. Gives warnings. Throws one TaskError "invalid" that names every fault;
 * the draft is of no use then.
 */
export function applyParameters(
  parameters: readonly Parameter[],
  draft: ContainerDraft,
  context: ParameterContext,
): string[] {
  if (parameters.length === 0) return [];
  const course: Course = {
    draft,
    context,
    warnings: [],
    attachments: [],
    pendingEndpoints: [],
    seen: new Map(),
    fromFiles: new Set(),
  };
  const areSourcesMixed = new Set(parameters.map(({ source }) => source)).size > 1;
  const faults = putFilesFirst(parameters).flatMap((parameter) => {
    const fault = applyOne(parameter, course);
    if (fault === undefined) return [];
    return [`${quote(parameter.key)} ${fault}${areSourcesMixed ? ` (${parameter.source})` : ""}`];
  });
  // What follows from a flag that could not be read would only confuse.
  if (faults.length === 0 || !parameters.some(isOfNetwork)) faults.push(...settleNetworks(course));
  faults.push(...findConflicts(course));
  if (faults.length > 0) throw new TaskError("invalid", `Cannot use parameters: ${faults.join("; ")}`);
  return [...course.warnings, ...findIdle(course)];
}

/** Gives what is wrong with the parameter, if anything. */
function applyOne({ key, value, source }: Parameter, course: Course): string | undefined {
  const { context, warnings, seen } = course;
  if (context.ignored.has(key) || context.ignored.has(toKey(key))) {
    warnings.push(`Parameter ${quote(key)} of ${source} is ignored, as the operator wants it`);
    return undefined;
  }
  const flag = findFlag(key);
  if (!flag) return "is unknown";
  const path = `${source} ${key}`;
  try {
    flag.apply(value, { ...course, key, source: path });
  } catch (error) {
    if (error instanceof ParameterFault) return error.message;
    if (error instanceof TaskError) return `cannot be used: ${error.message}`;
    throw error;
  }
  seen.set(toKey(key), path);
  return undefined;
}

/** As `docker run` reads them: what a file says is replaced by the flags beside it, wherever they stand. */
function putFilesFirst(parameters: readonly Parameter[]): Parameter[] {
  const isFile = ({ key }: Parameter) => key === "env-file" || key === "label-file";
  return [...parameters.filter(isFile), ...parameters.filter((parameter) => !isFile(parameter))];
}

function isOfNetwork({ key }: Parameter): boolean {
  return toKey(key) === "network";
}
