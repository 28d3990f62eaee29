import process from "node:process";
import { Command, CommanderError, Help, Option } from "commander";
import type { Variables } from "../mesos/environment.ts";
import type { Log } from "../runtime/log.ts";
import { version } from "../version.ts";
import { exitCodes } from "./exit_code.ts";
import {
  intervalOption,
  parseCount,
  parseInstances,
  parseNumber,
  parseParameter,
  parsePath,
  parsePort,
  parseSize,
  parseVariable,
  parseVolume,
  repeatable,
} from "./flags.ts";
import { addImage } from "./image.ts";
import { needFlags } from "./needed_flags.ts";
import { addRegistry } from "./registry.ts";

/** What a command gets beside its flags. */
export interface CommandContext {
  variables: Variables;
  log: Log;
}

/** Flags of `run`, as the parser gives them. */
export interface RunFlags {
  cpus: number;
  mem: number;
  disk?: number;
  port: ReturnType<typeof parsePort>[];
  env: ReturnType<typeof parseVariable>[];
  volume: ReturnType<typeof parseVolume>[];
  instances: number;
  network: string;
  param: ReturnType<typeof parseParameter>[];
  logSize?: number;
  logFiles?: number;
  pull: "missing" | "always" | "never";
  explain?: true;
  grace: number;
  name?: string;
  workDir?: string;
}

/** Flags of `reap`, as the parser gives them. */
export interface ReapFlags {
  watch?: true;
  /** Milliseconds. */
  interval: number;
  dryRun?: true;
  json?: true;
}

/** Parses a command line and runs the command that it names; gives the exit code. Help and errors are written here. */
export async function parseCommandLine(args: readonly string[], context: CommandContext): Promise<number> {
  let exitCode: number = exitCodes.done;
  const program = createProgram(context, (code) => {
    exitCode = code;
  });
  try {
    await program.parseAsync(args, { from: "user" });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
    throw error;
  }
}

/** All commands with their flags; `end` is told the exit code of the one that runs. */
export function createProgram(context: CommandContext, end: (exitCode: number) => void): Command {
  const program = createRoot();
  addRun(program, async (image, command, flags) => {
    const { run } = await import("./run.ts");
    // The parser hands on the "--" that ends the flags when it stands behind the image.
    end(await run(image, command[0] === "--" ? command.slice(1) : command, flags, context));
  });
  addReap(program, async (flags) => {
    const { reap } = await import("./reap.ts");
    end(await reap(flags, context));
  });
  addDoctor(program, async (flags) => {
    const { doctor } = await import("./doctor.ts");
    end(await doctor(flags, context));
  });
  addImage(program, context, end);
  addRegistry(program, context, end);
  tellErrors(program, program.name());
  return program;
}

/** Has each command tell of wrong usage where its own help is. */
function tellErrors(command: Command, path: string): void {
  command.configureOutput({ outputError: (text, write) => write(toErrorLine(text, path)) });
  for (const child of command.commands) tellErrors(child, `${path} ${child.name()}`);
}

function createRoot(): Command {
  const program = new Command("mesos-docker")
    .description("Docker containers on Apache Mesos: executor, image manager and local registry in one file.")
    .version(version, "-V, --version", "print the version")
    .exitOverride()
    .enablePositionalOptions()
    .configureHelp({ optionDescription: describeOption });
  program
    .command("executor")
    .description("run as the executor that a Mesos agent started (also: no command at all, under an agent)")
    .argument("[image]", "image of tasks that name none")
    .argument("[args...]", "arguments of its container");
  program
    .command("version")
    .description("print the version")
    .action(() => {
      process.stdout.write(`${version}\n`);
    });
  return program;
}

/** A flag that may be repeated has nothing until it is given: the empty list would be told as a value that it takes. */
function describeOption(option: Option): string {
  const isEmpty = Array.isArray(option.defaultValue) && option.defaultValue.length === 0;
  return isEmpty ? option.description : new Help().optionDescription(option);
}

/** One line, as every other error of the program is. */
function toErrorLine(text: string, path: string): string {
  const found = text.trim().replace(/^error: /, "");
  return `mesos-docker: ${found.replaceAll("\n", " ")} (${path} --help tells more)\n`;
}

function addDoctor(program: Command, action: (flags: { json?: true }) => Promise<void>): void {
  program
    .command("doctor")
    .description("tell what on this host would make a task fail, and how it is mended; nothing is changed")
    .option("--json", "one JSON object for each finding")
    .action(action);
}

function addReap(program: Command, action: (flags: ReapFlags) => Promise<void>): void {
  const command = program
    .command("reap")
    .description("remove containers whose executor is gone; nothing else is touched")
    .option("--watch", "go on until a signal comes")
    .addOption(intervalOption("--interval <duration>", "with --watch: pause between two looks", "30secs"))
    .option("--dry-run", "tell of them, and leave them")
    .option("--json", "one JSON object for each")
    .action(action);
  needFlags(command, { interval: "watch" });
}

function addRun(program: Command, action: (image: string, command: string[], flags: RunFlags) => Promise<void>): void {
  const command = program
    .command("run")
    .description("run an image as a Mesos task on an agent of its own: the same path as in production")
    .argument("<image>", "image to run")
    .argument("[command...]", "replaces the image's command; write it after --")
    .option("--cpus <number>", "CPUs of each instance", parseNumber, 0.1)
    .option("--mem <megabytes>", "memory of each instance", parseNumber, 128)
    .option(
      "--disk <megabytes>",
      "most that a container and its sandbox may take; not limited unless given",
      parseNumber,
    )
    .option(
      "--port <[host:]container[/protocol]>",
      "publish a port; without a host port one is allocated (repeatable)",
      repeatable(parsePort),
      [],
    )
    .option("--env <name=value>", "environment variable (repeatable)", repeatable(parseVariable), [])
    .option("--volume <host:container[:ro]>", "mount a path of the host (repeatable)", repeatable(parseVolume), [])
    .option("--instances <count>", "how many instances", parseInstances, 1)
    .option("--network <mode>", "bridge, host, none, or the name of a network", "bridge")
    .option(
      "--param <key=value>",
      "flag of docker run, as DockerInfo.parameters has it, e.g. ulimit=nofile=1024 (repeatable)",
      repeatable(parseParameter),
      [],
    )
    .option("--log-size <size>", "most that a file of output may have, e.g. 10m; then a new one is begun", parseSize)
    .option("--log-files <count>", "with --log-size: files to keep of each stream; 2 unless given", parseCount)
    .addOption(new Option("--pull <policy>", "when to pull").choices(["missing", "always", "never"]).default("missing"))
    .option("--grace <seconds>", "grace of a kill", parseNumber, 5)
    .option("--name <name>", "name of the task; the image's last part unless given")
    .option(
      "--work-dir <directory>",
      "where sandboxes are kept; a temporary directory that is removed unless given",
      parsePath,
    )
    .option("--explain", "print what the daemon would be asked for and who says so, and run nothing")
    .passThroughOptions()
    .action(action);
  needFlags(command, { logFiles: "logSize" });
}
