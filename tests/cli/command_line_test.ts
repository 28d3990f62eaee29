import assert from "node:assert/strict";
import { test } from "node:test";
import type { Command, Option } from "commander";
import { createProgram } from "../../src/cli/command_line.ts";
import { silentLog } from "../../src/runtime/log.ts";

function allCommands(command: Command): Command[] {
  return [command, ...command.commands.flatMap(allCommands)];
}

/** What help says that a flag has unless it is given; undefined when it says nothing. */
function shownDefault(command: Command, option: Option): string | undefined {
  const help = Object.assign(command.createHelp(), command.configureHelp());
  const [, shown] = /\bdefault: (.*)\)$/.exec(help.optionDescription(option)) ?? [];
  return shown?.replace(/^"(.*)"$/, "$1");
}

test("help shows as a flag's default what the flag reads as it", () => {
  const program = createProgram({ variables: {}, log: silentLog }, () => undefined);
  const seen: string[] = [];
  for (const command of allCommands(program)) {
    for (const option of command.options) {
      const shown = shownDefault(command, option);
      if (shown === undefined) continue;
      const title = `${command.name()} ${option.long}`;
      const read = option.parseArg === undefined ? shown : option.parseArg(shown, undefined);
      assert.deepEqual(read, option.defaultValue, title);
      seen.push(`${title} ${shown}`);
    }
  }
  for (const one of ["serve --gc-interval 1hrs", "gc --min-age 10mins", "reap --interval 30secs", "run --cpus 0.1"]) {
    assert.ok(seen.includes(one), one);
  }
});
