import { readSettings } from "../executor/settings.ts";
import { EnvironmentError } from "../mesos/environment.ts";
import { type Finding, failure, well } from "./finding.ts";

type Variables = Readonly<Record<string, string | undefined>>;

/** Whether executors and commands can use what variables say. */
export function examineSettings(variables: Variables): Finding {
  const about = "settings";
  const faults = faultsOf(() => readSettings(variables));
  if (faults.length === 0) return well(about, "what variables say can be used");
  return failure(
    about,
    faults.join("; "),
    "mend the variables where agent and commands are started (README, Settings)",
  );
}

function faultsOf(read: () => unknown): readonly string[] {
  try {
    read();
    return [];
  } catch (error) {
    if (error instanceof EnvironmentError) return error.faults;
    throw error;
  }
}
