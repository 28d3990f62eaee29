import type { TaskSpec } from "../../../../src/executor/task/task_spec.ts";
import {
  Secret_Type as SecretType,
  Environment_Variable_Type as VariableType,
} from "../../../../src/mesos/protocol.ts";
import { bytesOf } from "../translation_specimen.ts";
import type { Behaviours, Told } from "./tables.ts";

const secretOf = (text: string) => ({ type: SecretType.VALUE, value: { data: bytesOf(text) } });

/** A variable of any message. */
export type Variable = { name: string; type?: VariableType; value?: string; secret?: object };

const ofContainer = ({ container }: TaskSpec) => container.Env;

/** What variables do, whoever says them; `list` finds them in the spec, those of the container unless given. */
export function ofVariables(
  prefix: string,
  tell: (variable: Variable) => Told,
  list: (spec: TaskSpec) => readonly string[] | undefined = ofContainer,
): Behaviours {
  const variable = (name: string) => (spec: TaskSpec) => list(spec)?.filter((one) => one.startsWith(`${name}=`));
  const hidden = { name: "A", type: VariableType.SECRET, value: "shown" };
  const told = tell({ ...hidden, secret: secretOf("hidden") });
  return {
    [`${prefix}.name`]: {
      ...tell({ name: "A", value: "1" }),
      without: tell({ name: "B", value: "1" }),
      read: variable("A"),
      expected: ["A=1"],
    },
    [`${prefix}.value`]: {
      ...tell({ name: "A", value: "1" }),
      without: tell({ name: "A" }),
      read: variable("A"),
      expected: ["A=1"],
    },
    [`${prefix}.type`]: {
      ...told,
      without: tell({ ...hidden, type: VariableType.VALUE, secret: secretOf("hidden") }),
      read: variable("A"),
      expected: ["A=hidden"],
    },
    [`${prefix}.secret.type`]: {
      ...told,
      without: tell({ ...hidden, secret: { value: { data: bytesOf("hidden") } } }),
      read: (spec) => spec.secrets,
      expected: ["hidden"],
    },
    [`${prefix}.secret.value.data`]: {
      ...told,
      without: tell({ ...hidden, secret: secretOf("other") }),
      read: (spec) => spec.secrets,
      expected: ["hidden"],
    },
  };
}
