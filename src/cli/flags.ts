import { type Command, InvalidArgumentError, Option } from "commander";
import { defaultConfigPath } from "../images/config/config_path.ts";
import { parseByteSize } from "../notation/byte_size.ts";
import { longestDuration, parseDuration, shortestPauseMs } from "../notation/duration.ts";

/** Beyond it the units of Mesos and of the daemon overflow. */
const largestNumber = 1e9;

/** More than any one host runs; each is an executor of its own. */
const mostInstances = 1000;

/** A flag that may be repeated: each of its texts as `parse` reads it. */
export function repeatable<T>(parse: (text: string) => T): (text: string, before: readonly T[]) => T[] {
  return (text, before) => [...before, parse(text)];
}

/** The flags that were given. Those that only have a default are not among them: the configuration comes before defaults. */
export function givenFlags<T extends object>(command: Command): T {
  const given = Object.entries(command.opts()).filter(([name]) => command.getOptionValueSource(name) === "cli");
  return Object.fromEntries(given) as T;
}

/** What help says of where flags that are not given come from. */
export function tellDefaults(section: string): string {
  return `
A flag that is not given has what the section "${section}" of the configuration says, and else its default.
The configuration is ${defaultConfigPath}, or the file that MESOS_DOCKER_CONFIG names.`;
}

/** A number of zero or more. */
export function parseNumber(text: string): number {
  return parseUpTo(text, largestNumber, `Expected a number of zero or more, up to ${largestNumber}.`);
}

/** A number from 0 to 100. */
export function parsePercent(text: string): number {
  return parseUpTo(text, 100, "Expected per cent, from 0 to 100.");
}

function parseUpTo(text: string, largest: number, expected: string): number {
  const number = Number(text);
  if (text.trim() === "" || !(number >= 0 && number <= largest)) throw new InvalidArgumentError(expected);
  return number;
}

/** A whole number above zero; as large as the configuration takes it. */
export function parseCount(text: string): number {
  const count = Number(text);
  if (!Number.isSafeInteger(count) || count < 1) {
    throw new InvalidArgumentError("Expected a whole number of one or more.");
  }
  return count;
}

/** How many instances of a task. */
export function parseInstances(text: string): number {
  const count = parseCount(text);
  if (count > mostInstances) throw new InvalidArgumentError(`Expected ${mostInstances} instances at most.`);
  return count;
}

/** `6379`, `31000:6379`, `53/udp`. */
export function parsePort(text: string): { hostPort?: number; containerPort: number; protocol: string } {
  const [, host, container, protocol] = /^(?:(\d+):)?(\d+)(?:\/(tcp|udp|sctp))?$/.exec(text) ?? [];
  const ports = [host, container].filter((port) => port !== undefined).map(Number);
  if (container === undefined || ports.some((port) => port < 1 || port > 65_535)) {
    throw new InvalidArgumentError("Expected [HOST:]CONTAINER[/tcp|udp|sctp] with ports from 1 to 65535.");
  }
  return {
    containerPort: Number(container),
    protocol: protocol ?? "tcp",
    ...(host === undefined ? {} : { hostPort: Number(host) }),
  };
}

/** `NAME=VALUE`; the value may hold anything. */
export function parseVariable(text: string): { name: string; value: string } {
  const at = text.indexOf("=");
  if (at < 1) throw new InvalidArgumentError("Expected NAME=VALUE.");
  return { name: text.slice(0, at), value: text.slice(at + 1) };
}

/** `KEY=VALUE` or `KEY`, with or without the dashes of a flag. */
export function parseParameter(text: string): { key: string; value: string } {
  const [, key, value = ""] = /^(?:--)?([a-z][a-z0-9-]*)(?:=(.*))?$/s.exec(text) ?? [];
  if (key === undefined) throw new InvalidArgumentError("Expected KEY=VALUE, e.g. ulimit=nofile=1024.");
  return { key, value };
}

/** A duration as Mesos writes it, e.g. `30secs`, in milliseconds. */
export function parseInterval(text: string): number {
  try {
    const intervalMs = parseDuration(text);
    if (intervalMs >= shortestPauseMs) return intervalMs;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new InvalidArgumentError(`Expected a duration from 100ms to ${longestDuration}, e.g. 30secs.`);
}

/** A flag that takes a duration, with the one it has unless given; help shows that as the flag reads it. */
export function intervalOption(flags: string, description: string, usual: string): Option {
  return new Option(flags, description).argParser(parseInterval).default(parseInterval(usual), usual);
}

/** `10m`, `64k` or a number of bytes. */
export function parseSize(text: string): number {
  const bytes = parseByteSize(text);
  if (bytes === undefined || bytes < 1) throw new InvalidArgumentError("Expected a size such as 10m.");
  return bytes;
}

/** A file or folder. An empty text is a variable of a script that has nothing in it, and would be the folder where we run. */
export function parsePath(text: string): string {
  if (text === "") throw new InvalidArgumentError("Expected a path, found nothing.");
  return text;
}

/** `HOST:CONTAINER` or `HOST:CONTAINER:ro`, both absolute. */
export function parseVolume(text: string): { hostPath: string; containerPath: string; mode: "rw" | "ro" } {
  const [, hostPath, containerPath, mode] = /^(\/[^:]*):(\/[^:]*?)(?::(ro|rw))?$/.exec(text) ?? [];
  if (hostPath === undefined || containerPath === undefined) {
    throw new InvalidArgumentError("Expected HOST:CONTAINER[:ro] with absolute paths.");
  }
  return { hostPath, containerPath, mode: mode === "ro" ? "ro" : "rw" };
}
