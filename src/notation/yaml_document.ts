// A YAML file and its schema, with every fault at its line. Imports the parser and Valibot: loaded when there is a file.
import * as v from "valibot";
import { type Document, isAlias, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument } from "yaml";

/** A key or an index on the way to a value. */
type Step = string | number;

/** What a schema finds wrong. */
interface SchemaFault {
  /** Whether the value is wrong or its key. */
  of: "value" | "key";
  path: readonly Step[];
  /** What is expected of the value, or what is wrong with the key. */
  text: string;
}

/** Something wrong with the text. */
interface Fault {
  /** From 1; 0 for what is wrong with the whole. */
  line: number;
  text: string;
}

/** Most faults of a file that are told. */
const mostFaults = 50;

/** Keys that objects of JavaScript cannot carry safely, and that a schema therefore would not see. */
const reservedKeys: readonly unknown[] = ["__proto__", "constructor", "prototype"];

/**
 * Reads a document and checks it. The faults are all that there are, in the order of their lines; messages of the schema
 * say what is expected of a value, or what is wrong with a key. `whenEmpty` is the fault of a file that says nothing.
 */
export function readYaml<const S extends v.GenericSchema>(
  text: string,
  schema: S,
  whenEmpty: string,
): { value: v.InferOutput<S> } | { faults: string[] } {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const faults = findSyntaxFaults(document, lines);
  // What follows a syntax error is a guess of the parser's, and complaints about it would mislead.
  if (document.errors.some(({ code }) => code !== "DUPLICATE_KEY")) return { faults: renderFaults(faults) };
  const { keys, aliases } = findRefused(document, lines);
  faults.push(...keys);
  if (aliases.length > 0) return { faults: renderFaults([...faults, ...aliases]) };
  if (document.contents === null) return { faults: [whenEmpty] };
  const value: unknown = document.toJS();
  const result = v.safeParse(schema, value);
  const found = result.success ? [] : result.issues.flatMap(toFaults);
  faults.push(...found.map((fault) => toFault(fault, value, findLine(document, fault.path, lines))));
  if (faults.length > 0 || !result.success) return { faults: renderFaults(faults) };
  return { value: result.output };
}

/** Also what the parser only warns of, e.g. a tag that nobody knows. */
function findSyntaxFaults(document: Document, lines: LineCounter): Fault[] {
  return [...document.errors, ...document.warnings].map(({ code, message, pos: [start] }) => ({
    line: lines.linePos(start).line,
    text: ownWords[code] ?? message,
  }));
}

/** Where the parser speaks to programmers. */
const ownWords: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: "a key is said twice",
  MULTIPLE_DOCS: "another document begins, expected one in a file",
};

/**
 * Keys that a schema would not see; and aliases, since what one value is could then depend on another, and a small file be a huge
 * value. The parser's own visit takes a time that grows with the square of the depth.
 */
function findRefused(document: Document, lines: LineCounter): { keys: Fault[]; aliases: Fault[] } {
  const [keys, aliases]: [Fault[], Fault[]] = [[], []];
  const left: unknown[] = [document.contents];
  while (left.length > 0) {
    const node = left.pop();
    if (isAlias(node)) aliases.push({ line: lineOf(node, lines), text: "an alias, expected the value itself" });
    if (isSeq(node)) left.push(...node.items);
    if (!isMap(node)) continue;
    for (const { key, value } of node.items) {
      left.push(key, value);
      if (!isScalar(key) || !reservedKeys.includes(key.value)) continue;
      keys.push({ line: lineOf(key, lines), text: `unknown key "${key.value}"` });
    }
  }
  return { keys, aliases };
}

/** Of a value that may have several forms, the faults within the form that it has. */
function toFaults(issue: v.BaseIssue<unknown>): SchemaFault[] {
  const path = toSteps(issue);
  const inner = (issue.issues ?? []).filter((one) => one.path !== undefined);
  if (inner.length > 0) {
    return inner.flatMap(toFaults).map((fault) => ({ ...fault, path: [...path, ...fault.path] }));
  }
  const isOfKey = issue.type === "never" || issue.path?.at(-1)?.origin === "key";
  return [{ of: isOfKey ? "key" : "value", path, text: issue.message }];
}

function toSteps({ path }: v.BaseIssue<unknown>): Step[] {
  return path?.map(({ key }) => key as Step) ?? [];
}

function toFault({ of, path, text }: SchemaFault, root: unknown, line: number): Fault {
  const name = path.map((step) => (typeof step === "number" ? `[${step}]` : `.${step}`)).join("");
  const subject = name === "" ? "it" : `"${name.replace(/^\./, "")}"`;
  if (of === "key") return { line, text: `${text} ${subject}` };
  const found = path.reduce<unknown>((value, step) => (value as Record<Step, unknown> | undefined)?.[step], root);
  return { line, text: `${subject} is ${describe(found)}, expected ${text}` };
}

function describe(input: unknown): string {
  if (input === undefined) return "missing";
  if (input === null) return "empty";
  if (Array.isArray(input)) return "a list";
  if (typeof input === "object") return "a mapping";
  return typeof input === "string" ? JSON.stringify(input) : String(input);
}

/** Line of the innermost key or item on the path that is written down, of a key said twice the last; 0 when none is. */
function findLine(document: Document, path: readonly Step[], lines: LineCounter): number {
  let node: unknown = document.contents;
  let line = 0;
  for (const step of path) {
    if (isMap(node)) {
      const pair = node.items.findLast(({ key }) => isScalar(key) && String(key.value ?? "") === step);
      if (pair) line = lineOf(pair.key, lines);
      node = pair?.value;
    } else if (isSeq(node)) {
      node = node.items[Number(step)];
      line = lineOf(node, lines);
    }
  }
  return line;
}

function lineOf(node: unknown, lines: LineCounter): number {
  return isNode(node) && node.range ? lines.linePos(node.range[0]).line : 0;
}

/** Those that are too many to be read come of one mistake. */
function renderFaults(faults: readonly Fault[]): string[] {
  const ordered = faults.toSorted((a, b) => a.line - b.line);
  const shown = ordered.slice(0, mostFaults).map(({ line, text }) => (line > 0 ? `line ${line}: ${text}` : text));
  const rest = ordered.length - shown.length;
  return rest > 0 ? [...shown, `and ${rest} more`] : shown;
}
