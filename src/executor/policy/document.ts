// Text of the policy's file to a Policy. Imports the YAML parser and the schema: only load.ts imports this, when there is
// a file.
import { type Document, isMap, isNode, isScalar, isSeq, LineCounter, parseDocument, visit } from "yaml";
import { type AccessRule, noPolicy, type Policy, unrestricted } from "./policy.ts";
import { checkDocument, type PolicyDocument, type SchemaFault, type Step } from "./schema.ts";

/** Something wrong with the text. */
interface Fault {
  /** From 1; 0 for what is wrong with the whole. */
  line: number;
  text: string;
}

/** Keys that objects of JavaScript cannot carry safely, and that the schema therefore would not see. */
const reservedKeys: readonly unknown[] = ["__proto__", "constructor", "prototype"];

/** Reads a policy. The faults are all that there are, in the order of their lines. */
export function parsePolicy(text: string): { policy: Policy } | { faults: string[] } {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  const faults = findYamlFaults(document, lines);
  // What follows a syntax error is a guess of the parser's, and complaints about it would mislead.
  const isGuessed = document.errors.some(({ code }) => code !== "DUPLICATE_KEY");
  const aliases = findAliases(document, lines);
  if (isGuessed || aliases.length > 0) return { faults: renderFaults([...faults, ...aliases]) };
  if (document.contents === null) return { faults: ["it is empty, expected at least version: 1"] };
  const value: unknown = document.toJS();
  const checked = checkDocument(value);
  if ("faults" in checked)
    faults.push(...checked.faults.map((fault) => toFault(fault, value, findLine(document, fault.path, lines))));
  if (faults.length > 0 || !("document" in checked)) return { faults: renderFaults(faults) };
  return { policy: toPolicy(checked.document) };
}

/** Also what the parser only warns of, e.g. a tag that nobody knows. */
function findYamlFaults(document: Document, lines: LineCounter): Fault[] {
  const faults = [...document.errors, ...document.warnings].map(({ code, message, pos: [start] }) => ({
    line: lines.linePos(start).line,
    text: code === "DUPLICATE_KEY" ? "a key is said twice" : message,
  }));
  visit(document, {
    Pair: (_key, { key }) => {
      if (!isScalar(key) || !reservedKeys.includes(key.value)) return;
      faults.push({ line: lineOf(key, lines), text: `unknown key "${key.value}"` });
    },
  });
  return faults;
}

/** Refused, since what one value is could then depend on another, and a small file be a huge value. */
function findAliases(document: Document, lines: LineCounter): Fault[] {
  const faults: Fault[] = [];
  visit(document, {
    Alias: (_key, alias) => {
      faults.push({ line: lineOf(alias, lines), text: "an alias, expected the value itself" });
    },
  });
  return faults;
}

function toFault({ of, path, text }: SchemaFault, root: unknown, line: number): Fault {
  const name = path.map((step) => (typeof step === "number" ? `[${step}]` : `.${step}`)).join("");
  const subject = name === "" ? "it" : `"${name.replace(/^\./, "")}"`;
  if (of === "key") return { line, text: `${text} ${subject}` };
  const found = path.reduce<unknown>((value, step) => (value as Record<Step, unknown> | undefined)?.[step], root);
  return { line, text: `${subject} is ${describe(found)}, expected ${text}` };
}

function describe(input: unknown): string {
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

function renderFaults(faults: readonly Fault[]): string[] {
  const ordered = faults.toSorted((a, b) => a.line - b.line);
  return ordered.map(({ line, text }) => (line > 0 ? `line ${line}: ${text}` : text));
}

function toPolicy(document: PolicyDocument): Policy {
  const { pids_limit: pids, logs, parameters } = document;
  return {
    privileged: document.privileged ?? noPolicy.privileged,
    hostNetwork: document.host_network ?? noPolicy.hostNetwork,
    hostNamespaces: document.host_namespaces ?? noPolicy.hostNamespaces,
    capabilities: toAccessRule(document.capabilities),
    securityOptions: document.security_options ?? noPolicy.securityOptions,
    hostMounts: toAccessRule(document.host_mounts),
    volumeDrivers: toAccessRule(document.volume_drivers),
    devices: toAccessRule(document.devices),
    parameters: { ...toAccessRule(parameters), ignore: parameters?.ignore ?? [] },
    registries: toAccessRule(document.registries),
    runtimes: toAccessRule(document.runtimes),
    cgroupParent: toAccessRule(document.cgroup_parent),
    publishedPorts: document.published_ports ?? noPolicy.publishedPorts,
    rootUser: document.root_user ?? noPolicy.rootUser,
    swap: document.swap ?? noPolicy.swap,
    pidsLimit: {
      ...(pids?.default === undefined ? {} : { default: pids.default }),
      ...(pids?.max === undefined ? {} : { max: pids.max }),
    },
    logs: {
      ...(logs?.max_size === undefined ? {} : { maxBytes: logs.max_size }),
      ...(logs?.max_files === undefined ? {} : { maxFiles: logs.max_files }),
    },
    disk: document.disk ?? noPolicy.disk,
    labels: document.labels ?? noPolicy.labels,
    ...(document.seccomp_profiles === undefined ? {} : { seccompProfiles: document.seccomp_profiles }),
  };
}

function toAccessRule(
  rule: { allow?: readonly string[] | undefined; deny: readonly string[] } | undefined,
): AccessRule {
  if (!rule) return unrestricted;
  return rule.allow === undefined ? { deny: rule.deny } : { allow: rule.allow, deny: rule.deny };
}
