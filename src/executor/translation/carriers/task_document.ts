import * as v from "valibot";
import { parseByteSize } from "../../../notation/byte_size.ts";
import { TaskError } from "../../task/task_error.ts";
import type { NetworkName, StatedLogs, Statement } from "../statement.ts";
import { type DocumentFields, documentSchema, labelSchema } from "./document_schema.ts";

/** Reads a document of ours; `source` names it in errors. Throws {@link TaskError} that names all that is wrong with it. */
export function readDocument(value: unknown, source: string): Statement {
  const { mesosDocker: _version, ...fields } = check(documentSchema, value, source);
  return toStatement(fields, source);
}

/** Reads what labels say, each key being one of the document's. */
export function readLabelFields(value: unknown, source: string): Statement {
  return toStatement(check(labelSchema, value, source), source);
}

function check<S extends v.GenericSchema>(schema: S, value: unknown, source: string): v.InferOutput<S> {
  const result = v.safeParse(schema, value);
  if (result.success) return result.output;
  const faults = result.issues.map((issue) => describe(issue, source));
  throw new TaskError("invalid", `Cannot use ${source}: ${[...new Set(faults)].join("; ")}`);
}

/** Values are not repeated: they may be secrets. */
function describe(issue: v.BaseIssue<unknown>, source: string): string {
  const path = v.getDotPath(issue);
  const name = path === null ? source : `"${path}"`;
  if (issue.type === "strict_object" && issue.expected === "never") return `${name} is unknown`;
  if (issue.received === "undefined") return `${name} is missing`;
  return `${name} is not ${issue.message.startsWith("Invalid") ? issue.expected : issue.message}`;
}

function toStatement(fields: DocumentFields, source: string): Statement {
  const { network, privileged, volumes, parameters, logs, ...same } = fields;
  return {
    source,
    ...definedOnly(same),
    ...(network === undefined ? {} : { network: toNetwork(network) }),
    ...(privileged === undefined ? {} : { privileged: privileged ? "yes" : "no" }),
    ...(volumes ? { volumes: volumes.map(({ mode = "rw", ...rest }) => ({ mode, ...definedOnly(rest) })) } : {}),
    ...(parameters ? { parameters: parameters.map((one) => ({ ...one, source: `${source} parameters` })) } : {}),
    ...(logs ? { logs: toLogs(logs) } : {}),
  } as Statement;
}

function toNetwork(name: string): NetworkName {
  return name === "host" || name === "bridge" || name === "none" ? { kind: name } : { kind: "user", name };
}

function toLogs({ maxSize, maxFiles }: NonNullable<DocumentFields["logs"]>): StatedLogs {
  const maxBytes = typeof maxSize === "string" ? parseByteSize(maxSize) : maxSize;
  return { ...(maxBytes === undefined ? {} : { maxBytes }), ...(maxFiles === undefined ? {} : { maxFiles }) };
}

function definedOnly<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as never;
}
