import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { ConfigFile } from "../../../src/images/config/config_file.ts";
import { HostLimits } from "../../../src/images/config/host_limits.ts";
import { Sources, type SourcesOptions } from "../../../src/images/resolve/sources.ts";
import { silentLog } from "../../../src/runtime/log.ts";
import { openFixture } from "../../fakes/own_runtime.ts";

/** Sources that a configuration makes, which lies in a folder of its own. */
export interface OpenedSources extends AsyncDisposable {
  /** Of the configuration. */
  readonly path: string;
  readonly folder: string;
  readonly sources: Sources;
}

export async function openSources(
  text: string,
  options: Partial<Pick<SourcesOptions, "credentials" | "variables">> = {},
): Promise<OpenedSources> {
  const folder = await openFixture();
  const path = join(folder.path, "config.yaml");
  writeFileSync(path, text);
  const config = ConfigFile.open({ variables: {}, defaultPath: path, log: silentLog });
  const sources = new Sources({ config, variables: {}, log: silentLog, limits: new HostLimits(), ...options });
  return {
    path,
    folder: folder.path,
    sources,
    [Symbol.asyncDispose]: async () => {
      sources[Symbol.dispose]();
      await folder[Symbol.asyncDispose]();
    },
  };
}
