import { type Command, InvalidArgumentError, Option } from "commander";
import { findRepositoryFault } from "../../registry/values/name.ts";
import type { Platform } from "../../registry/values/platform.ts";
import type { CommandContext } from "./command_line.ts";
import { intervalOption, parseCount, parsePath, parseSize, repeatable } from "./flags.ts";
import { parsePlatformFlag } from "./platform_flag.ts";
import { addAccounts } from "./registry_accounts.ts";
import { addCacheFlags, type CacheFlags } from "./registry_cache_flags.ts";
import type { CheckFlags } from "./registry_check.ts";
import type { CopyFlags } from "./registry_copy.ts";
import type { MirrorFlags } from "./registry_mirror.ts";
import { addServingFlags, type ServingFlags } from "./registry_serve_flags.ts";
import type { TlsFlags } from "./serve_tls.ts";

/** Flags of `registry serve`, as the parser gives them. */
export interface ServeFlags extends ServingFlags, CacheFlags, TlsFlags {
  listen: { hostname: string; port: number };
  store?: string;
  memory?: true;
  /** Milliseconds. */
  gcInterval: number;
  readOnly?: true;
  /** Prefixes of the repositories that are served; all of them when empty. */
  allow: readonly string[];
  /** File of names and bcrypt hashes. */
  htpasswd?: string;
  maxRequests?: number;
  /** Whose image of an index clients are given that read schema 2 only. */
  schema2Platform?: Platform;
}

/** This machine alone. */
const usualListen = "127.0.0.1:5000";

/** Flags of `registry gc`, as the parser gives them. */
export interface GcFlags {
  store: string;
  untagged?: true;
  /** Milliseconds. */
  grace: number;
  json?: true;
}

/** Adds `registry` and its commands; `end` is told the exit code. */
export function addRegistry(program: Command, context: CommandContext, end: (exitCode: number) => void): void {
  const registry = program.command("registry").description("a registry of images on this machine");
  const served = registry
    .command("serve")
    .description("serve images over the OCI distribution API: push, pull, delete, referrers")
    .addOption(
      new Option("--listen <address>", "host:port, or a port of this machine alone")
        .argParser(parseListen)
        .default(parseListen(usualListen), usualListen),
    )
    .option("--store <folder>", "where images are kept, each repository as an OCI image layout", parsePath)
    .option("--memory", "keep images in memory, until the end")
    .option("--tls-cert <file>", "certificate chain in PEM; without it, plain HTTP", parsePath)
    .option("--tls-key <file>", "its private key in PEM", parsePath)
    .addOption(intervalOption("--gc-interval <duration>", "pause between collections of what nothing names", "1hrs"))
    .option("--read-only", "deny pushes and deletions; what upstreams have is pulled through all the same")
    .option(
      "--allow <prefix>",
      "serve repositories at or below this one alone; may be repeated",
      repeatable(parseAllowed),
      [],
    )
    .option(
      "--htpasswd <file>",
      "admit only the names in this file, with the passwords that htpasswd -B gave them",
      parsePath,
    )
    .option("--max-requests <count>", "requests at once; more are told to come back (429)", parseCount)
    .option(
      "--schema2-platform <platform>",
      "whose images clients get that read no index, as Mesos' own containerizer; linux on this machine's architecture",
      parsePlatformFlag,
    )
    .action(async (flags: ServeFlags) => {
      const { serve } = await import("./registry_serve.ts");
      end(await serve(flags, context));
    });
  addCacheFlags(served);
  addServingFlags(served);
  addUpkeep(registry, end);
  addImages(registry, context, end);
  addAccounts(registry, context, end);
}

/** The commands about the store of a registry. */
function addUpkeep(registry: Command, end: (exitCode: number) => void): void {
  registry
    .command("gc")
    .description("remove blobs that no manifest names; a registry that is served does so by itself")
    .requiredOption("--store <folder>", "where images are kept", parsePath)
    .option("--untagged", "remove manifests as well that no tag, index or subject leads to")
    .addOption(intervalOption("--grace <duration>", "what came within that time stays", "1hrs"))
    .option("--json", "one JSON object")
    .action(async (flags: GcFlags) => {
      const { collect } = await import("./registry_gc.ts");
      end(await collect(flags));
    });
  registry
    .command("check")
    .description(
      "read all that a store keeps, served or not, and tell of bytes that are wrong and of blobs that are missing",
    )
    .requiredOption("--store <folder>", "where images are kept", parsePath)
    .option("--remove", "remove what is wrong, so that a cache, a mirror or a push brings it again")
    .option("--bandwidth <size>", "bytes to read a second, e.g. 20m", parseSize)
    .option("--json", "one JSON object a line")
    .action(async (flags: CheckFlags) => {
      const { check } = await import("./registry_check.ts");
      end(await check(flags));
    });
}

/** The commands about images in registries, here or elsewhere. */
function addImages(registry: Command, context: CommandContext, end: (exitCode: number) => void): void {
  registry
    .command("mirror")
    .argument("<file>", "the YAML file", parsePath)
    .description("keep repositories in step with others, as a YAML file says")
    .option("--dry-run", "tell what would be done, and how many bytes would be moved")
    .option("--json", "one JSON object a line")
    .option("--concurrency <count>", "blobs on their way at once", parseCount, 4)
    .option("--bandwidth <size>", "bytes a second for all of them together, e.g. 20m", parseSize)
    .option("--reserve <count>", "wait while a registry's quota has no more manifests left than these", parseCount)
    .action(async (file: string, flags: MirrorFlags) => {
      const { mirror } = await import("./registry_mirror.ts");
      end(await mirror(file, flags, context));
    });
  registry
    .command("copy <source> <target>")
    .description(
      "copy an image: between [http://]HOST/REPOSITORY[:TAG][@DIGEST], oci:FOLDER[:TAG], oci-archive:FILE[:TAG], " +
        "docker-archive:FILE[:IMAGE] and docker-daemon:IMAGE; FILE may be -",
    )
    .option(
      "--platform <platform>",
      "of an index, only the images of this platform; may be repeated",
      repeatable(parsePlatformFlag),
      [],
    )
    .option("--referrers", "copy signatures and attestations as well")
    .option("--concurrency <count>", "blobs on their way at once", parseCount, 4)
    .option("--bandwidth <size>", "bytes a second for all of them together, e.g. 20m", parseSize)
    .addOption(
      new Option("--layers <packing>", "of docker-archives and the daemon, packed or as they are").choices([
        "gzip",
        "tar",
      ]),
    )
    .option("--dry-run", "tell how many bytes would be moved")
    .option("--json", "one JSON object")
    .action(async (source: string, target: string, flags: CopyFlags) => {
      const { copy } = await import("./registry_copy.ts");
      end(await copy(source, target, flags, context));
    });
  registry
    .command("ls <repository>")
    .description("list the tags of a repository")
    .option("--json", "one JSON object a line, with what each tag points at")
    .action(async (repository: string, flags: { json?: true }) => {
      const { ls } = await import("./registry_images.ts");
      end(await ls(repository, flags, context));
    });
  registry
    .command("rm <images...>")
    .description("remove tags, or manifests by their digests")
    .option("--json", "one JSON object a line")
    .action(async (images: string[], flags: { json?: true }) => {
      const { rm } = await import("./registry_images.ts");
      end(await rm(images, flags, context));
    });
}

/** `5000`, `0.0.0.0:5000`, `[::1]:5000`. */
export function parseListen(text: string): { hostname: string; port: number } {
  const match = /^(?:(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+):)?(\d{1,5})$/.exec(text);
  const port = Number(match?.[2] ?? Number.NaN);
  if (!(port <= 65_535)) throw new InvalidArgumentError("Expected [HOST:]PORT with a port up to 65535.");
  return { hostname: match?.[1]?.replace(/^\[|\]$/g, "") ?? "127.0.0.1", port };
}

/** Repositories at or below a name; a slash at its end says nothing more. */
export function parseAllowed(text: string): string {
  const prefix = text.replace(/\/$/, "");
  const fault = findRepositoryFault(prefix);
  if (fault !== undefined) throw new InvalidArgumentError(`It is no name of repositories: ${fault}.`);
  return prefix;
}
