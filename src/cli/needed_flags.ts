import type { Command, Option } from "commander";

/**
 * Has a command refuse flags that mean nothing without another one, which would be taken in silence else. Both are named as
 * their values are, `{ cacheSize: "upstream" }`, and have been added before; throws TypeError for one that has not.
 */
export function needFlags(command: Command, needs: Readonly<Record<string, string>>): void {
  for (const [name, other] of Object.entries(needs)) {
    const [option, needed] = [findOption(command, name), findOption(command, other)];
    command.hook("preAction", () => {
      if (!isGiven(command, name) || isGiven(command, other)) return;
      command.error(`error: option '${option.flags}' cannot be used without option '${needed.flags}'`);
    });
  }
}

function isGiven(command: Command, name: string): boolean {
  return command.getOptionValueSource(name) === "cli";
}

/** Not the one that takes it back: `--no-window` has the name of `--window`. */
function findOption(command: Command, name: string): Option {
  const found = command.options.find((option) => option.attributeName() === name && !option.negate);
  if (found === undefined) throw new TypeError(`Cannot find a flag "${name}" of "${command.name()}"`);
  return found;
}
