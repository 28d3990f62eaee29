import { join } from "node:path";
import { after } from "node:test";
import type { Engine } from "../../src/docker/mod.ts";
import { silentLog } from "../../src/runtime/log.ts";
import { openFixture } from "../fakes/own_runtime.ts";
import { type FaultRule, followRules } from "../faults/fault.ts";
import { type FaultProxy, openFaultProxy } from "../faults/fault_proxy.ts";
import { ensureImages } from "../images/ensure.ts";
import { findBinary } from "./binary.ts";
import { type DockerBench, testOnBinary } from "./cases.ts";
import { eventually } from "./eventually.ts";
import { type ContainerFate, openPrivateDaemon, type PrivateDaemon } from "./private_daemon.ts";
import { openTestCluster, type TestCluster } from "./test_cluster.ts";

/** A private daemon with the test's image, which many tests trouble, one after the other. */
interface TroubledBench extends DockerBench {
  readonly daemon: PrivateDaemon;
}

async function openTroubledBench(fate: ContainerFate): Promise<TroubledBench> {
  const binary = findBinary();
  const daemon = await openPrivateDaemon(fate);
  const { busybox } = await ensureImages(daemon.engine, { log: silentLog });
  return { engine: daemon.engine, image: busybox, binary, daemon };
}

/** A cluster on a private daemon, whose executors reach it through a proxy. */
export class TroubledCluster implements AsyncDisposable {
  readonly cluster: TestCluster;
  readonly #daemon: PrivateDaemon;
  readonly #proxy: FaultProxy;
  readonly #held: AsyncDisposableStack;

  constructor(
    cluster: TestCluster,
    daemon: PrivateDaemon,
    { proxy, held }: { proxy: FaultProxy; held: AsyncDisposableStack },
  ) {
    this.cluster = cluster;
    this.#daemon = daemon;
    this.#proxy = proxy;
    this.#held = held;
  }

  /** From now on these befall the executors' requests. */
  obey(...rules: readonly FaultRule[]): void {
    this.#proxy.script = followRules(rules);
  }

  /** Waits until a rule has befallen a request. */
  async isStruck(): Promise<void> {
    await eventually("the request that is to fail", () => this.#proxy.struck.length > 0);
  }

  /** Kills the daemon; nobody listens at its socket from now on. */
  async killDaemon(): Promise<void> {
    await this.#daemon.kill();
    await this.#proxy.leave();
  }

  /** Starts the daemon again; `before` comes before the executors reach it. */
  async startDaemon({ before }: { before?: (engine: Engine) => Promise<void> } = {}): Promise<void> {
    await this.#daemon.start();
    await before?.(this.#daemon.engine);
    this.#proxy.script = () => undefined;
    await this.#proxy.listen();
  }

  /** Lets the daemon hang: it takes requests and answers none. */
  freezeDaemon(): void {
    this.#daemon.freeze();
  }

  /** Ends {@link freezeDaemon}; it does then what it was asked meanwhile. */
  thawDaemon(): void {
    this.#daemon.thaw();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#daemon.thaw();
    await this.#held.disposeAsync();
  }
}

async function openTroubledCluster({ daemon, ...bench }: TroubledBench): Promise<TroubledCluster> {
  await using held = new AsyncDisposableStack();
  const folder = held.use(await openFixture());
  const listen = { kind: "unix", path: join(folder.path, "docker.sock") } as const;
  const proxy = held.use(await openFaultProxy(listen, () => ({ kind: "unix", path: daemon.socketPath })));
  const executorEnvironment = { DOCKER_HOST: `unix://${listen.path}` };
  const cluster = held.use(await openTestCluster(bench, { executorEnvironment }));
  return new TroubledCluster(cluster, daemon, { proxy, held: held.move() });
}

const benches = new Map<ContainerFate, Promise<TroubledBench>>();

/** A runner may keep this module for several files, each of which ends what it has begun. */
async function closeBenches(): Promise<void> {
  const opened = [...benches.values()];
  benches.clear();
  for (const bench of opened) await (await bench).daemon[Symbol.asyncDispose]();
}

/** A test on a daemon of the tests' own, with an agent and a framework of its own. */
export function testOnTroubled(
  title: string,
  fate: ContainerFate,
  run: (scene: TroubledCluster) => Promise<void>,
): void {
  const runOnBench = async () => {
    const opening = benches.get(fate) ?? openTroubledBench(fate);
    benches.set(fate, opening);
    await using scene = await openTroubledCluster(await opening);
    await run(scene);
  };
  after(closeBenches);
  testOnBinary(title, runOnBench, { needs: "own daemon" });
}
