import { TaskError } from "../../task/task_error.ts";
import { quote } from "./fault.ts";
import { findFlag } from "./flag_table.ts";
import type { Parameter } from "./parameter.ts";

const shortNames: ReadonlyMap<string, string> = new Map(
  Object.entries({
    a: "attach",
    c: "cpu-shares",
    d: "detach",
    e: "env",
    h: "hostname",
    i: "interactive",
    l: "label",
    m: "memory",
    P: "publish-all",
    p: "publish",
    q: "quiet",
    t: "tty",
    u: "user",
    v: "volume",
    w: "workdir",
  }),
);

/** One flag as written; without a value it takes the option that follows. */
type Written = Omit<Parameter, "source" | "value"> & { value?: string };

/**
 * Options of a `docker run` line as parameters, the way old Marathon and deimos carry them (contract D.5, D.6): `--net=host`,
 * `--net`, `host`, `-v/a:/b`, `-it`, `-m=1g`. Throws TaskError "invalid" that names all that cannot be read.
 */
export function parseOptions(options: readonly string[], source: string): Parameter[] {
  const parameters: Parameter[] = [];
  const faults: string[] = [];
  for (let index = 0; index < options.length; index++) {
    const option = options[index] ?? "";
    const written = readOption(option);
    if (typeof written === "string") {
      faults.push(written);
      continue;
    }
    for (const { key, value = options[++index] } of written) {
      if (value === undefined) faults.push(`${quote(option)} has no value`);
      else parameters.push({ key, value, source });
    }
  }
  if (faults.length > 0) throw new TaskError("invalid", `Cannot read ${source}: ${faults.join("; ")}`);
  return parameters;
}

/** Gives the flags of an option, of which the last may lack a value, or what is wrong with it. */
function readOption(option: string): Written[] | string {
  const [, key, value] = /^--([^=]+)(?:=(.*))?$/s.exec(option) ?? [];
  if (key !== undefined) return readLong(option, key, value);
  if (/^-[^-]/.test(option)) return readShort(option);
  return `${quote(option)} is no option of docker run`;
}

/** An unknown flag with a value is left to those who apply it; without one, nobody knows where it ends. */
function readLong(option: string, key: string, value: string | undefined): Written[] | string {
  if (value !== undefined) return [{ key, value }];
  const flag = findFlag(key);
  if (!flag) return `${quote(option)} is unknown`;
  return flag.takes === "switch" ? [{ key, value: "true" }] : [{ key }];
}

/** Switches may stand together; the first flag that takes a value takes what follows it. */
function readShort(option: string): Written[] | string {
  const flags: Written[] = [];
  for (let at = 1; at < option.length; at++) {
    const letter = option.charAt(at);
    const key = shortNames.get(letter);
    if (key === undefined) return `${quote(option)} has the unknown flag ${quote(letter)}`;
    const rest = option.slice(at + 1);
    const isSwitch = findFlag(key)?.takes === "switch";
    if (isSwitch && !rest.startsWith("=")) {
      flags.push({ key, value: "true" });
      continue;
    }
    return [...flags, { key, ...(rest === "" ? {} : { value: rest.replace(/^=/, "") }) }];
  }
  return flags;
}
