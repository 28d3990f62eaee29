import { ParameterFault } from "../fault.ts";
import type { Flags, Reading } from "../flag.ts";
import { parsePair } from "../values/fields.ts";

/** What the daemon does with the container's output, beside giving it to the executor. */
export const loggingFlags: Flags = {
  "log-driver": {
    takes: "value",
    apply: (value, { draft, source }) => {
      draft.host.set("LogConfig", { ...draft.host.get("LogConfig"), Type: value }, source);
    },
  },
  "log-opt": { takes: "value", apply: applyLogOption },
};

/** Options without a driver go to the daemon's default one. Values are in no message: tokens are among them. */
function applyLogOption(text: string, { draft, source }: Reading): void {
  const { name, value } = parsePair(text);
  if (name === "") throw new ParameterFault("is empty");
  const { Type = "", Config = {} } = draft.host.get("LogConfig") ?? {};
  draft.host.set("LogConfig", { Type, Config: { ...Config, [name]: value } }, source);
}
