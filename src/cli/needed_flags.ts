import type { Command } from "commander";

/**
 * Has a command refuse flags that mean nothing without another one, which would be taken in silence else. Both are named as
 * their values are: `{ cacheSize: "upstream" }`.
 */
export function needFlags(command: Command, needs: Readonly<Record<string, string>>): void {
  command.hook("preAction", () => {
    for (const [name, other] of Object.entries(needs)) {
      if (!isGiven(command, name) || isGiven(command, other)) continue;
      command.error(
        `error: option '${writtenAs(command, name)}' cannot be used without option '${writtenAs(command, other)}'`,
      );
    }
  });
}

function isGiven(command: Command, name: string): boolean {
  return command.getOptionValueSource(name) === "cli";
}

/** A flag with the place of its value, as help shows it. */
function writtenAs(command: Command, name: string): string {
  return command.options.find((option) => option.attributeName() === name && !option.negate)?.flags ?? name;
}
