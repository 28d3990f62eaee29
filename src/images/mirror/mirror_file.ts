import * as v from "valibot";
import { parseDocument } from "yaml";
import { type MirrorFile, mirrorSchema } from "./mirror_schema.ts";

/** A file that cannot be used; the message names every fault. */
export class MirrorFileError extends Error {
  override readonly name = "MirrorFileError";
}

/** Reads the text of a mirror file (YAML, or JSON); throws {@link MirrorFileError}. `name` is for errors. */
export function parseMirrorFile(text: string, name: string): MirrorFile {
  const document = parseDocument(text, { prettyErrors: true });
  const [broken] = document.errors;
  if (broken) throw new MirrorFileError(`Cannot use "${name}": ${broken.message.split("\n")[0]}`);
  const result = v.safeParse(mirrorSchema, document.toJS());
  if (result.success) return result.output;
  const faults = result.issues.map(describe);
  throw new MirrorFileError(`Cannot use "${name}": ${[...new Set(faults)].join("; ")}`);
}

function describe(issue: v.BaseIssue<unknown>): string {
  const path = v.getDotPath(issue) ?? "it";
  if (issue.type === "strict_object" && issue.expected === "never") return `${path} is unknown`;
  if (issue.received === "undefined") return `${path} is missing`;
  return `${path} is ${issue.received}, expected ${issue.message.startsWith("Invalid") ? issue.expected : issue.message}`;
}
