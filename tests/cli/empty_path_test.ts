import assert from "node:assert/strict";
import { test } from "node:test";
import { createProgram } from "../../src/cli/command_line.ts";
import { silentLog } from "../../src/runtime/log.ts";

const lines: readonly (readonly string[])[] = [
  ["image", "load", "-i", ""],
  ["image", "save", "redis:7", "-o", ""],
  ["image", "warm", "--file", ""],
  ["image", "gc", "--data-root", ""],
  ["registry", "serve", "--store", ""],
  ["registry", "serve", "--memory", "--tls-cert", ""],
  ["registry", "serve", "--memory", "--tls-key", ""],
  ["registry", "serve", "--memory", "--htpasswd", ""],
  ["registry", "serve", "--memory", "--access-log", ""],
  ["registry", "gc", "--store", ""],
  ["registry", "check", "--store", ""],
  ["registry", "mirror", ""],
  ["run", "--work-dir", "", "redis:7"],
];
for (const words of lines) {
  test(`"${words.join(" ")}" is refused, as an empty text is no path`, async () => {
    const program = createProgram({ variables: {}, log: silentLog }, () => undefined);
    const told: string[] = [];
    for (const one of [program, ...program.commands, ...program.commands.flatMap(({ commands }) => commands)]) {
      one.configureOutput({ writeErr: (text) => told.push(text) });
    }
    await assert.rejects(program.parseAsync(words, { from: "user" }), { code: "commander.invalidArgument" });
    assert.match(told.join(""), /Expected a path, found nothing\./);
  });
}
