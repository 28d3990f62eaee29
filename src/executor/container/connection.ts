import type { ContainerOutput, ContainerWait, Engine } from "../../docker/mod.ts";
import type { Clock } from "../../runtime/clock.ts";

/** A wait that comes so much later than the output was attached to was opened by a daemon that has restarted meanwhile. */
const lateMs = 400;

/** What is heard of a container: its end, and what it writes. */
export interface ContainerConnection {
  wait: ContainerWait;
  output: ContainerOutput;
}

/** What connecting takes. */
export interface ConnectionOptions {
  engine: Engine;
  clock: Clock;
  terminal: "yes" | "no";
  /** Ends the wait, now and later. */
  waitSignal: AbortSignal;
  /** Ends the output. */
  outputSignal: AbortSignal;
}

/**
 * Opens wait and output of a container before it is started, since neither tells what has already been. Throws
 * `EngineError`, and leaves nothing open then.
 */
export async function connectContainer(containerId: string, options: ConnectionOptions): Promise<ContainerConnection> {
  const { engine, clock, terminal, waitSignal, outputSignal } = options;
  await using opened = new AsyncDisposableStack();
  const attach = async () => {
    const output = opened.use(await engine.openAttach(containerId, { signal: outputSignal, terminal }));
    return { output, at: clock.now() };
  };
  const opening = [
    engine.openWait(containerId, { signal: waitSignal }).then((one) => ({ wait: opened.use(one), at: clock.now() })),
    attach(),
  ] as const;
  // One that comes after the other has failed is to be closed as well.
  await Promise.allSettled(opening);
  const [waiting, attached] = await Promise.all(opening);
  // A wait that breaks is noticed, and makes the output suspect. Output that broke before the wait was opened would look
  // like that of a container that writes nothing.
  const { output } = waiting.at - attached.at < lateMs ? attached : await attach();
  opened.move();
  return { wait: waiting.wait, output };
}
