import { ParameterFault } from "../fault.ts";
import { type Flags, hostEntry, type Reading } from "../flag.ts";
import { cutPair, parsePair } from "../values/fields.ts";
import { parseFileLines } from "../values/file_lines.ts";

/** Labels by which this program knows its own containers. */
const ownLabels = "mesos-docker.";

/** Variables and labels. */
export const environmentFlags: Flags = {
  env: { takes: "value", apply: applyVariable },
  "env-file": { takes: "value", apply: applyVariableFile },
  label: { takes: "value", apply: applyLabel },
  "label-file": { takes: "value", apply: applyLabelFile },
  annotation: hostEntry("Annotations", parsePair),
};

/**
 * A name alone takes the value that the task says elsewhere, else takes away the image's own. `docker run` would take it
 * from its own environment, which is the executor's here and no business of a container's (contract A.2).
 */
function applyVariable(text: string, { draft, source }: Reading): void {
  const { name, value } = cutPair(text);
  if (name === "") throw new ParameterFault("is empty");
  if (value === undefined && draft.environment.has(name)) return;
  draft.setVariable(name, value, source);
}

/** A name alone says nothing in a file, as there is no environment to take it from. */
function applyVariableFile(path: string, { draft, source, context, fromFiles }: Reading): void {
  for (const { name, value } of parseFileLines(context.readSandboxFile(path))) {
    const id = `env ${name}`;
    if (value === undefined || (draft.environment.has(name) && !fromFiles.has(id))) continue;
    draft.setVariable(name, value, source);
    fromFiles.add(id);
  }
}

function applyLabel(text: string, reading: Reading): void {
  const { name, value } = parsePair(text);
  if (name === "") throw new ParameterFault("is empty");
  putLabel(name, value, reading);
}

function applyLabelFile(path: string, reading: Reading): void {
  const { draft, context, fromFiles } = reading;
  for (const { name, value } of parseFileLines(context.readSandboxFile(path))) {
    const id = `label ${name}`;
    if (Object.hasOwn(draft.config.get("Labels") ?? {}, name) && !fromFiles.has(id)) continue;
    putLabel(name, value ?? "", reading);
    fromFiles.add(id);
  }
}

function putLabel(name: string, value: string, { draft, source }: Reading): void {
  if (name.startsWith(ownLabels)) {
    throw new ParameterFault(`cannot say "${name}": labels that begin with "${ownLabels}" are the executor's own`);
  }
  draft.config.put("Labels", name, value, source);
}
