import assert from "node:assert/strict";
import { test } from "node:test";
import { Command } from "commander";
import { createProgram, parseCommandLine } from "../../src/cli/command_line.ts";
import { needFlags } from "../../src/cli/needed_flags.ts";
import { UsageError } from "../../src/cli/usage_error.ts";
import { silentLog } from "../../src/runtime/log.ts";

const context = { variables: {}, log: silentLog };

/** What a command line is refused with; the test's own stderr stays empty. */
async function refusalOf(words: readonly string[]): Promise<string> {
  const program = createProgram(context, () => assert.fail("it ran"));
  const hush = (command: Command): void => {
    command.configureOutput({ outputError: () => undefined });
    command.commands.forEach(hush);
  };
  hush(program);
  const error = await program.parseAsync(words, { from: "user" }).catch((caught: unknown) => caught);
  assert.ok(error instanceof Error, "it was taken");
  return error.message;
}

const cases: readonly (readonly [words: string, found: string])[] = [
  ["reap --interval 1mins", "'--interval <duration>' cannot be used without option '--watch'"],
  ["image gc --interval 1mins", "'--interval <duration>' cannot be used without option '--watch'"],
  ["image warm --interval 1mins a", "'--interval <duration>' cannot be used without option '--watch'"],
  ["image gc --watch --dry-run", "'--watch' cannot be used with option '--dry-run'"],
  ["image warm --watch --dry-run a", "'--watch' cannot be used with option '--dry-run'"],
  ["run --log-files 3 a", "'--log-files <count>' cannot be used without option '--log-size <size>'"],
  [
    "registry serve --memory --tags 1hrs",
    "'--tags <policy>' cannot be used without option '--upstream <name[=source,…]>'",
  ],
  ["registry serve --memory --cache-size 1g", "'--cache-size <size>' cannot be used without option '--upstream"],
  [
    "registry serve --memory --upstream a.lab --pin a.lab/b",
    "'--pin <image>' cannot be used without option '--cache-size",
  ],
  ["registry login --json lab:1", "'--json' cannot be used without option '--explain'"],
  ["registry login --password-stdin lab:1", "'--password-stdin' cannot be used without option '-u, --username <name>'"],
];
for (const [words, found] of cases) {
  test(`"${words}" is refused, as one flag means nothing so`, async () => {
    const said = await refusalOf(words.split(" "));
    assert.ok(said.includes(found), said);
  });
}

for (const source of ["lab:1/redis", "oci:folder", "oci-archive:file"]) {
  test(`registry copy --layers is refused of ${source}, whose layers are packed already`, async () => {
    const words = ["registry", "copy", "--layers", "tar", source, "docker-archive:out.tar"];
    await assert.rejects(parseCommandLine(words, context), (error) => {
      assert.ok(error instanceof UsageError);
      assert.match(error.message, /^--layers: expected a source that is a docker-archive or docker-daemon, found /);
      return true;
    });
  });
}

test("needFlags() refuses to be about a flag that its command does not have", () => {
  const command = new Command("one").option("--here", "").option("--no-other", "");
  for (const needs of [{ gone: "here" }, { here: "gone" }, { here: "other" }]) {
    assert.throws(() => needFlags(command, needs), {
      name: "TypeError",
      message: /^Cannot find a flag "(?:gone|other)" of "one"$/,
    });
  }
});
