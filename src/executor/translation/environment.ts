import { type Environment, Environment_Variable_Type } from "../../mesos/protocol.ts";
import { TaskError } from "../task_error.ts";

/** Variables of a message, later ones of the same name winning; `field` names it in errors. */
export function toVariables(environment: Environment | undefined, field: string): [string, string][] {
  return (environment?.variables ?? []).map((variable) => {
    if (variable.type === Environment_Variable_Type.SECRET) {
      throw new TaskError("unsupported", `Cannot honour ${field}: variable "${variable.name}" is a SECRET`);
    }
    return [variable.name, variable.value];
  });
}
