import type { ConfigFile } from "../images/config/config_file.ts";
import { findHostCredentials } from "../images/credentials/mod.ts";
import { type EnsureParts, findDirectAuth } from "../images/ensure/mod.ts";
import type { CommandContext } from "./command_line.ts";

/** How credentials of this host are found for a daemon that fetches an image by itself. */
export function hostAuthFor(
  image: string,
  { config, variables, log, signal }: CommandContext & { readonly config: ConfigFile; readonly signal: AbortSignal },
): EnsureParts["findAuth"] {
  const findAuth = () => findHostCredentials(image, { variables }, { log, signal });
  return (reference) => findDirectAuth(reference, { config, variables, findAuth });
}
