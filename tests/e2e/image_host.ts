// A daemon of a test's own with images that only it has, and the compiled program beside it.
import assert from "node:assert/strict";
import type { Engine } from "../../src/docker/mod.ts";
import { createImageState, type ImageState } from "../../src/images/state/image_state.ts";
import { type Fixture, openFixture } from "../fakes/own_runtime.ts";
import { hasBothStores } from "./cases.ts";
import { type CommandResult, RunningCommand, readJsonLines, runCommand } from "./command.ts";
import { openPrivateDaemon, type PrivateDaemon, type PrivateDaemonOptions } from "./private_daemon.ts";

/** What a line of `--json` has, as far as tests look at it. */
export interface ImageLine {
  id?: string;
  names?: string[];
  outcome?: string;
  reason?: string;
  detail?: string;
  bytes?: number;
  uniqueBytes?: number;
  sizeBytes?: number;
  certainty?: string;
  origin?: string;
  lastUsed?: string;
  missing?: boolean;
  reference?: string;
  summary?: { reached: string[]; left: { bytes: number; inodes: number }; removed: number; freedBytes: number };
}

/** See {@link openImageHost}. */
export class ImageHost implements AsyncDisposable {
  readonly daemon: PrivateDaemon;
  readonly state: ImageState;
  readonly #folder: Fixture;
  readonly #binary: string;
  #config: string | undefined;

  constructor(daemon: PrivateDaemon, folder: Fixture, binary: string) {
    this.daemon = daemon;
    this.state = createImageState(folder.path);
    this.#folder = folder;
    this.#binary = binary;
  }

  get engine(): Engine {
    return this.daemon.engine;
  }

  /** Starts `mesos-docker image …`. */
  start(...words: string[]): RunningCommand {
    return new RunningCommand([this.#binary, "image", ...words], { env: this.#env });
  }

  /** Runs it to its end. */
  async run(...words: string[]): Promise<CommandResult> {
    return await runCommand([this.#binary, "image", ...words], { env: this.#env });
  }

  /** Runs it with --json; gives its lines, and fails when it ends with another code. */
  async lines(words: readonly string[], code = 0): Promise<ImageLine[]> {
    const { end, stdout, stderr } = await this.run(...words, "--json");
    assert.equal(end, code, `${stderr}\n${stdout}`);
    return readLines(stdout);
  }

  /** A container that is created and removed at once: the image counts as used now. */
  async use(image: string): Promise<void> {
    const { id } = await this.engine.createContainer({ body: { Image: image } });
    await this.engine.removeContainer(id);
  }

  /** All names that the daemon has. */
  async names(): Promise<string[]> {
    return (await this.engine.listImages()).flatMap(({ RepoTags }) => RepoTags).sort();
  }

  /** Writes the configuration of commands that are started from now on. */
  async configure(text: string): Promise<string> {
    this.#config = await this.#folder.write("config.yaml", text);
    return this.#config;
  }

  get #env() {
    return {
      DOCKER_HOST: `unix://${this.daemon.socketPath}`,
      MESOS_DOCKER_STATE: this.#folder.path,
      ...(this.#config === undefined ? {} : { MESOS_DOCKER_CONFIG: this.#config }),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.daemon[Symbol.asyncDispose]();
    await this.#folder[Symbol.asyncDispose]();
  }
}

/** Options of {@link openImageHost}. */
export interface ImageHostOptions extends Pick<PrivateDaemonOptions, "disk"> {
  /** What keeps the images, where the daemon has a choice; a storage driver unless given. */
  readonly store?: "graph" | "containerd";
}

/** Opens both. */
export async function openImageHost(
  binary: string,
  { store = "graph", ...options }: ImageHostOptions = {},
): Promise<ImageHost> {
  const configuration = hasBothStores() ? { features: { "containerd-snapshotter": store === "containerd" } } : {};
  const daemon = await openPrivateDaemon("end with it", { ...options, configuration });
  return new ImageHost(daemon, await openFixture(), binary);
}

/** Objects of which there is one a line. */
export function readLines(text: string): ImageLine[] {
  return readJsonLines(text);
}

/** Names of what was removed, or would be, in that order. */
export function removedNames(lines: readonly ImageLine[]): string[] {
  const isRemoved = ({ outcome }: ImageLine) => outcome === "removed" || outcome === "would be removed";
  return lines.filter(isRemoved).flatMap(({ names = [] }) => names);
}

/** Reasons of what was kept, by the first name. */
export function keptReasons(lines: readonly ImageLine[]): Record<string, string | undefined> {
  const kept = lines.filter(({ outcome }) => outcome === "kept");
  return Object.fromEntries(kept.map(({ names = [], id = "", reason }) => [names[0] ?? id, reason]));
}
