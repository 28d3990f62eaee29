import type { Healthcheck } from "../../../../docker/mod.ts";
import { ParameterFault } from "../fault.ts";
import { type Flag, type Flags, type Reading, switchFlag } from "../flag.ts";
import { parseNanoseconds } from "../values/nanoseconds.ts";
import { integer } from "../values/numbers.ts";

/** How the Engine writes that there is no check, not even the image's. */
const none = "NONE";

/** The check that the daemon makes, beside those of Mesos. */
export const healthFlags: Flags = {
  "health-cmd": healthValue((text) => (text === "" ? {} : { Test: ["CMD-SHELL", text] })),
  "health-interval": healthValue((text) => ({ Interval: parseNanoseconds(text) })),
  "health-timeout": healthValue((text) => ({ Timeout: parseNanoseconds(text) })),
  "health-start-period": healthValue((text) => ({ StartPeriod: parseNanoseconds(text) })),
  "health-start-interval": healthValue((text) => ({ StartInterval: parseNanoseconds(text) })),
  "health-retries": healthValue((text) => ({ Retries: integer(0)(text) })),
  "no-healthcheck": switchFlag(dropHealthcheck),
};

/** What is not said of a check is the image's. */
function healthValue(parse: (text: string) => Healthcheck): Flag {
  return {
    takes: "value",
    apply: (value, { draft, source, seen }) => {
      const said = parse(value);
      const known = draft.config.get("Healthcheck");
      const isDropped = known?.Test?.[0] === none;
      if (isDropped && seen.has("no-healthcheck")) throw new ParameterFault("contradicts no-healthcheck");
      draft.config.set("Healthcheck", { ...(isDropped ? {} : known), ...said }, source);
    },
  };
}

function dropHealthcheck(isOn: boolean, { draft, source, seen }: Reading): void {
  if (!isOn) return;
  const check = [...seen.keys()].find((key) => key.startsWith("health-"));
  if (check !== undefined) throw new ParameterFault(`contradicts ${check}`);
  draft.config.set("Healthcheck", { Test: [none] }, source);
}
