import { type CommandInfo, Environment_Variable_Type } from "../../protocol.ts";
import { isSet } from "../messages.ts";

/** What a master finds wrong with a command (contract A.13). */
export function* commandFaults(what: string, command: CommandInfo): Generator<string> {
  for (const variable of command.environment?.variables ?? []) {
    const name = `${what}'s environment variable "${variable.name}"`;
    switch (variable.type) {
      case Environment_Variable_Type.SECRET:
        if (!variable.secret) yield `${name} of type SECRET has no secret`;
        if (isSet(variable, "value")) yield `${name} of type SECRET has a value`;
        break;
      case Environment_Variable_Type.VALUE:
        if (!isSet(variable, "value")) yield `${name} of type VALUE has no value`;
        if (variable.secret) yield `${name} of type VALUE has a secret`;
        break;
      default:
        yield `${name} has the type UNKNOWN`;
    }
  }
}
