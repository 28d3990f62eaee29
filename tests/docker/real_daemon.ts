// What the tests with a real daemon share: an engine, a small image, and containers that are removed at the end.
import { Buffer } from "node:buffer";
import { randomUUID } from "node:crypto";
import process from "node:process";
import {
  type ContainerConfig,
  type ContainerExit,
  type ContainerOutput,
  type Engine,
  openEngine,
  parseEngineAddress,
} from "../../src/docker/mod.ts";
import { tinyImageArchive } from "./tiny_image.ts";

/** Options of every test that needs a daemon. */
export const realDaemon =
  process.env.MESOS_DOCKER_E2E === "1"
    ? { timeout: 120_000 }
    : { skip: "needs a Docker daemon: set MESOS_DOCKER_E2E=1", timeout: 120_000 };

/** A daemon with an image and a label of this run's own. */
export interface RealDaemon extends AsyncDisposable {
  readonly engine: Engine;
  readonly image: string;
  /** `key=value` that all its containers have. */
  readonly label: string;
  /** Creates a container of the image that runs this command of the shell. */
  create(command: string, config?: Partial<ContainerConfig>): Promise<string>;
  /** Creates it, reads all that it says and waits for its end. */
  run(command: string): Promise<Ended>;
}

/** What a container left. */
export interface Ended extends ContainerExit {
  readonly container: string;
  readonly stdout: Buffer;
  readonly stderr: Buffer;
}

/** Options of {@link openRealDaemon}. */
export interface RealDaemonOptions {
  /** Spoken instead of the newest, or of DOCKER_API_VERSION. */
  readonly apiVersion?: string;
}

/** Opens the daemon at DOCKER_HOST, or at its usual socket, and loads the image. */
export async function openRealDaemon(options: RealDaemonOptions = {}): Promise<RealDaemon> {
  const { DOCKER_HOST, DOCKER_TLS_VERIFY, DOCKER_CERT_PATH, DOCKER_API_VERSION } = process.env;
  const tls = { verify: DOCKER_TLS_VERIFY, certPath: DOCKER_CERT_PATH };
  const apiVersion = options.apiVersion ?? (DOCKER_API_VERSION || undefined);
  const engine = openEngine(parseEngineAddress(DOCKER_HOST, tls), apiVersion === undefined ? {} : { apiVersion });
  const run = randomUUID();
  const [key, image] = ["mesos-docker-test.run", `mesos-docker-test/tiny:${run}`];
  await engine.loadImage(tinyImageArchive({ reference: image }));
  const create = async (command: string, config: Partial<ContainerConfig> = {}) => {
    const { HostConfig, Labels, ...rest } = config;
    const body: ContainerConfig = {
      Image: image,
      Cmd: ["sh", "-c", command],
      Labels: { ...Labels, [key]: run },
      HostConfig: { NetworkMode: "none", ...HostConfig },
      ...rest,
    };
    return (await engine.createContainer({ body })).id;
  };
  return {
    engine,
    image,
    label: `${key}=${run}`,
    create,
    run: async (command) => await runToEnd(engine, await create(command)),
    async [Symbol.asyncDispose]() {
      for (const { Id } of await engine.listContainers({ labels: [`${key}=${run}`], all: true })) {
        await engine.removeContainer(Id, { force: true, volumes: true });
      }
      await engine.removeImage(image);
      await engine[Symbol.asyncDispose]();
    },
  };
}

/** Attaches, waits and starts, in the order of the contract. */
async function runToEnd(engine: Engine, container: string): Promise<Ended> {
  await using output = await engine.openAttach(container);
  await using wait = await engine.openWait(container);
  await engine.startContainer(container);
  const [said, exit] = await Promise.all([readAll(output), wait.exit]);
  return { container, ...said, ...exit };
}

/** Reads all output, each stream in one. */
export async function readAll(output: ContainerOutput): Promise<{ stdout: Buffer; stderr: Buffer }> {
  const parts = { stdout: [] as Uint8Array[], stderr: [] as Uint8Array[] };
  for await (const { stream, bytes } of output) parts[stream].push(bytes);
  return { stdout: Buffer.concat(parts.stdout), stderr: Buffer.concat(parts.stderr) };
}
