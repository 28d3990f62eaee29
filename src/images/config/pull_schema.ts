// What the configuration says of getting images into the daemon. One section of it; see config_schema.ts.
import * as v from "valibot";
import { beside, mapping, said } from "../../notation/fields.ts";
import { agentCredentials, layerForms, pullPolicies, pullWays } from "./pull_way.ts";

/** Defaults of pulls. */
export const pullSchema = beside(
  mapping({
    way: said(
      v.picklist(pullWays, "gateway or daemon"),
      "Who fetches images: this program, through a gateway, or a daemon by itself; gateway unless given",
    ),
    layers: said(
      v.picklist(layerForms, "compressed or raw"),
      "How the daemon is given layers: as they are, or unpacked on their way; what suits it unless given",
    ),
    policy: said(
      v.picklist(pullPolicies, "always, fresh, missing or never"),
      "When image pull asks a registry: each time, by HEAD, when the image is missing, never; always unless given",
    ),
    agentCredentials: said(
      v.picklist(agentCredentials, "used or ignored"),
      "What executors make of the agent's --docker_config where nothing else has credentials; used unless given",
    ),
  }),
  ({ way, layers }) => {
    if (way !== "daemon" || layers !== "raw") return [];
    const byItself = "gateway where pull.layers is raw: a daemon that fetches by itself is given no layers";
    return [
      { path: ["way"], expected: byItself },
      { path: ["layers"], expected: "compressed where pull.way is daemon, or nothing" },
    ];
  },
);
