import { loadPolicy } from "../executor/policy/load.ts";
import { PolicyError } from "../executor/policy/policy_error.ts";
import { ConfigError } from "../images/config/config.ts";
import { ConfigFile } from "../images/config/config_file.ts";
import { findConfigWarnings } from "../images/config/config_warnings.ts";
import { silentLog } from "../runtime/log.ts";
import { type Finding, failure, warning, well } from "./finding.ts";

type Variables = Readonly<Record<string, string | undefined>>;

/** Whether the operator's policy can be used: without that no task runs. */
export async function examinePolicy(variables: Variables): Promise<Finding> {
  const about = "policy";
  try {
    const { source } = await loadPolicy({ path: variables.MESOS_DOCKER_POLICY || undefined });
    return well(about, source === undefined ? "none: tasks may ask for anything" : `${source} can be used`);
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    return failure(about, error.message, "mend the file: until then no task runs (docs/policy.md)");
  }
}

/** The configuration, when it can be used, and what is to be said of it. */
export function examineConfiguration(variables: Variables): { findings: Finding[]; config: ConfigFile | undefined } {
  const about = "configuration";
  try {
    const config = ConfigFile.open({ variables, log: silentLog });
    const { source } = config.current;
    const warnings = findConfigWarnings(config.current).map(({ found, mend }) => warning(about, found, mend));
    const found =
      source === undefined ? `none at ${config.path}: images come from their own registries` : `${source} can be used`;
    return { findings: [well(about, found), ...warnings], config };
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    return { findings: [failure(about, error.message, "mend the file (docs/configuration.md)")], config: undefined };
  }
}
