import process from "node:process";
import { openEngine } from "../docker/mod.ts";
import { examine } from "../doctor/examination.ts";
import type { Finding } from "../doctor/finding.ts";
import { silentLog } from "../runtime/log.ts";
import type { CommandContext } from "./command_line.ts";
import { readDockerHost } from "./docker_host.ts";
import { exitCodes } from "./exit_code.ts";
import { openInterruption } from "./interruption.ts";

/** `mesos-docker doctor`: a line for each finding, and one below it with its mend. Exit code 1 when one is a failure. */
export async function doctor(flags: { json?: true }, { variables }: CommandContext): Promise<number> {
  const address = readDockerHost(variables);
  await using engine = openEngine(address, { log: silentLog });
  using interruption = openInterruption();
  const daemon = address.kind === "unix" ? "local" : "remote";
  let failures = 0;
  for await (const finding of examine({ engine, daemon, variables, signal: interruption.signal })) {
    if (finding.verdict === "failure") failures++;
    process.stdout.write(`${flags.json ? JSON.stringify(finding) : toText(finding)}\n`);
  }
  return failures === 0 ? exitCodes.done : exitCodes.failed;
}

const width = "failure".length;

function toText({ verdict, about, found, mend }: Finding): string {
  const line = `${verdict.padEnd(width)}  ${about}: ${found}`;
  return mend === undefined ? line : `${line}\n${" ".repeat(width)}  → ${mend}`;
}
