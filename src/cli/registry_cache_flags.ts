import type { Command } from "commander";
import type { Pin, TagPolicy } from "../../registry/mod.ts";
import { parseSize } from "./flags.ts";
import { needFlags } from "./needed_flags.ts";
import { parsePinFlag, parseTagPolicy, parseUpstream, type UpstreamFlag } from "./registry_upstreams.ts";

/** Flags of `registry serve` about what is pulled through: from where, and for how long it is kept. */
export interface CacheFlags {
  upstream: UpstreamFlag[];
  /** The upstream that names without one are of. */
  defaultUpstream?: string;
  tags?: TagPolicy;
  /** Bytes that what is pulled through may take. */
  cacheSize?: number;
  /** What stays whatever the size. */
  pin: readonly Pin[];
}

export function addCacheFlags(command: Command): void {
  command
    .option(
      "--upstream <name[=source,…]>",
      "pull images of another registry through: as <name>/<image> here, or with ?ns=<name>; mirrors first, itself last",
      parseUpstream,
      [],
    )
    .option(
      "--default-upstream <name>",
      "whose images names are of that say none, for Docker's registry-mirrors and Mesos",
    )
    .option(
      "--tags <policy>",
      "with --upstream, its tags: fresh, pinned, or for how long they are cached",
      parseTagPolicy,
    )
    .option(
      "--cache-size <size>",
      "with --upstream: what is pulled through may take that much; what was not read for long goes",
      parseSize,
    )
    .option(
      "--pin <image>",
      "with --cache-size, never to go: <name>/<repository>[:tag], or all below a name; may be repeated",
      parsePinFlag,
      [],
    );
  needFlags(command, { tags: "upstream", cacheSize: "upstream", pin: "cacheSize" });
}
