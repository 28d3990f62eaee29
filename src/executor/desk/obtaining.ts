import { isOnThisHost } from "../../docker/mod.ts";
import type { Variables } from "../../mesos/environment.ts";
import type { ObtainImage } from "../container/image.ts";
import type { ObtainParts } from "../container/obtained_image.ts";
import { readEngineAddress } from "../engine_settings.ts";
import type { ExecutorSettings } from "../settings.ts";

/** What images are obtained by. */
export interface ObtainingParts extends Pick<ObtainParts, "engine" | "clock" | "log"> {
  environment: { sandbox: string };
  settings: Pick<ExecutorSettings, "pull" | "layers">;
  variables: Variables;
}

/** Gets images that are missing, as few tasks find theirs: the code for it is loaded by the first. */
export function openObtaining({ engine, clock, log, environment, settings, variables }: ObtainingParts): ObtainImage {
  const { sandbox } = environment;
  const parts = { engine, clock, log, sandbox, variables, said: readSaid(settings, variables) };
  return async (wanted, options) => {
    const { obtainImage } = await import("../container/obtained_image.ts");
    return await obtainImage(wanted, parts, options);
  };
}

/** A daemon on another host cannot reach this process: it fetches by itself, whatever is said. */
function readSaid({ pull, layers }: ObtainingParts["settings"], variables: Variables): ObtainParts["said"] {
  if (!isOnThisHost(readEngineAddress(variables))) return { way: "daemon" };
  return { ...(pull ? { way: pull } : {}), ...(layers ? { layers } : {}) };
}
