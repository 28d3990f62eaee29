// Images that share a base, in a registry of a test's own, and the compiled program that warms them.
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";
import type { Engine } from "../../src/docker/mod.ts";
import { createImageState, type ImageState } from "../../src/images/state/image_state.ts";
import { type Fixture, openFixture } from "../fakes/own_runtime.ts";
import { type CommandEnd, RunningCommand, readJsonLines } from "./command.ts";
import { withDaemonsId } from "./image_id.ts";
import { openUpstream, type PushedImage, pushLayers, randomLayers, type Upstream } from "./pull_scene.ts";

/** What a line of `--json` has, as far as tests look at it. */
export interface WarmLine {
  image?: string;
  state?: string;
  bytes?: number;
  totalBytes?: number;
  outcome?: string;
  code?: string;
  error?: string;
  id?: string;
  plan?: { present: number; images: number; failed: number; bytes: number };
}

/** Bytes of the layer that all images of a scene are built on. */
export const baseBytes = 2_000_000;

/** Bytes of the layer that each has alone. */
export const ownBytes = 10_000;

/** See {@link openWarmScene}. */
export class WarmScene implements AsyncDisposable {
  readonly engine: Engine;
  readonly upstream: Upstream;
  readonly state: ImageState;
  readonly repository = `warm/${randomUUID().slice(0, 8)}`;
  readonly #folder: Fixture;
  readonly #binary: string;
  readonly #env: Readonly<Record<string, string>>;
  #config: Readonly<Record<string, string>> = {};
  readonly #base = randomLayers([baseBytes]);
  readonly #tags = new Set<string>();

  constructor(parts: {
    engine: Engine;
    upstream: Upstream;
    folder: Fixture;
    binary: string;
    host: string | undefined;
  }) {
    this.engine = parts.engine;
    this.upstream = parts.upstream;
    this.state = createImageState(parts.folder.path);
    this.#folder = parts.folder;
    this.#binary = parts.binary;
    this.#env = {
      MESOS_DOCKER_STATE: parts.folder.path,
      ...(parts.host === undefined ? {} : { DOCKER_HOST: parts.host }),
    };
  }

  /** Name of an image here. */
  nameOf(tag: string): string {
    this.#tags.add(tag);
    return `${this.upstream.host}/${this.repository}:${tag}`;
  }

  /** Pushes an image upon the base. */
  async push(tag: string, bytes = ownBytes): Promise<PushedImage> {
    this.nameOf(tag);
    const layers = [...(await this.#base), ...(await randomLayers([bytes]))];
    const pushed = await pushLayers(this.upstream.content, this.repository, tag, layers);
    return await withDaemonsId(this.engine, pushed);
  }

  /** How often a blob was given to whoever asked. */
  countGets(digest: string): number {
    return this.upstream.served.filter(({ request }) => request?.kind === "blob_get" && request.digest === digest)
      .length;
  }

  /** Writes a warm file. */
  async write(text: string, name = "warm.yaml"): Promise<string> {
    return await this.#folder.write(name, text);
  }

  /** Writes the configuration of commands that are started from now on. */
  async configure(text: string): Promise<void> {
    this.#config = { MESOS_DOCKER_CONFIG: await this.#folder.write("config.yaml", text) };
  }

  /** Starts `mesos-docker image …`. */
  start(...words: string[]): RunningCommand {
    return new RunningCommand([this.#binary, "image", ...words], { env: { ...this.#env, ...this.#config } });
  }

  /** Runs it with --json; gives its lines, and fails when it ends otherwise. */
  async lines(words: readonly string[], end: CommandEnd = 0): Promise<WarmLine[]> {
    const result = await this.start(...words, "--json").result;
    assert.equal(result.end, end, `${result.stderr}\n${result.stdout}`);
    return readWarmLines(result.stdout);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const tag of this.#tags) await this.engine.removeImage(this.nameOf(tag), { force: true });
    await this.upstream[Symbol.asyncDispose]();
    await this.#folder[Symbol.asyncDispose]();
  }
}

/** `host` is where the daemon listens, unless where tests find theirs. */
export async function openWarmScene(engine: Engine, binary: string, host?: string): Promise<WarmScene> {
  return new WarmScene({ engine, binary, host, upstream: await openUpstream(), folder: await openFixture() });
}

/** Objects of which there is one a line. */
export function readWarmLines(text: string): WarmLine[] {
  return readJsonLines(text);
}

/** The lines of one state. */
export function linesOf(state: string, lines: readonly WarmLine[]): WarmLine[] {
  return lines.filter((line) => line.state === state);
}
