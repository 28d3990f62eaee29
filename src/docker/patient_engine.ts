import { type Clock, sleep } from "../runtime/clock.ts";
import type { Log } from "../runtime/log.ts";
import { AwayWarning } from "./away_warning.ts";
import type { CallOptions, Engine } from "./engine.ts";
import { EngineError } from "./engine_error.ts";

/** Pause before a daemon that is away is asked again. */
const askAgainMs = 500;

/** How many times a call whose answer was lost is made again. */
const lostAnswers = 3;

/** What patience takes. */
export interface PatienceOptions {
  clock: Clock;
  log: Log;
  /** How long a daemon may be away before a call fails; 0 for no patience at all. */
  patienceMs: number;
  /** How long all calls together wait for a daemon that has not answered once; as any other is waited for unless given. */
  firstPatienceMs?: number;
}

/**
 * The same daemon, for callers who do not want to fail because it restarts. A call that reached nobody is made again
 * until the daemon has been away too long; so is one whose answer was lost, when doing it twice does no more than doing
 * it once. Stops and kills are not: whoever makes them has a time to keep.
 */
export function toPatientEngine(engine: Engine, options: PatienceOptions): Engine {
  const patience = new Patience(options);
  return {
    version: (call) => patience.repeat(() => engine.version(call), call),
    info: (call) => patience.repeat(() => engine.info(call), call),
    inspectImage: (reference, call) => patience.repeat(() => engine.inspectImage(reference, call), call),
    listImages: (call) => patience.repeat(() => engine.listImages(call), call),
    imageHistory: (reference, call) => patience.repeat(() => engine.imageHistory(reference, call), call),
    diskUsage: (call) => patience.repeat(() => engine.diskUsage(call), call),
    pullImage: (reference, call) => patience.repeat(() => engine.pullImage(reference, call), call),
    createContainer: (request, call) => patience.reach(() => engine.createContainer(request, call), call),
    startContainer: (container, call) => patience.reach(() => engine.startContainer(container, call), call),
    openWait: (container, call) => patience.repeat(() => engine.openWait(container, call), call),
    openAttach: (container, call) => patience.repeat(() => engine.openAttach(container, call), call),
    openLogs: (container, call) => patience.repeat(() => engine.openLogs(container, call), call),
    inspectContainer: (container, call) => patience.repeat(() => engine.inspectContainer(container, call), call),
    removeContainer: (container, call) => patience.repeat(() => engine.removeContainer(container, call), call),
    containerSize: (container, call) => patience.repeat(() => engine.containerSize(container, call), call),
    listContainers: (call) => patience.repeat(() => engine.listContainers(call), call),
    loadImage: (archive, call) => engine.loadImage(archive, call),
    saveImage: (image, call) => engine.saveImage(image, call),
    tagImage: (image, reference, call) => patience.repeat(() => engine.tagImage(image, reference, call), call),
    removeImage: (reference, call) => patience.repeat(() => engine.removeImage(reference, call), call),
    stopContainer: (container, call) => engine.stopContainer(container, call),
    killContainer: (container, call) => engine.killContainer(container, call),
    // Checks are made again anyway, and have a time to keep.
    createExec: (container, request, call) => engine.createExec(container, request, call),
    openExec: (exec, call) => engine.openExec(exec, call),
    inspectExec: (exec, call) => engine.inspectExec(exec, call),
    resizeTty: (container, size, call) => engine.resizeTty(container, size, call),
    events: (call) => engine.events(call),
    [Symbol.asyncDispose]: () => engine[Symbol.asyncDispose](),
  };
}

/** Whether the daemon may have done what it was asked, because nobody has heard its answer. */
export function isAnswerLost(error: EngineError): boolean {
  return error.status === undefined && (error.code === "timeout" || (error.code === "failed" && error.retryable));
}

/** Whether nobody was there to be asked, and somebody may be soon. */
function isAway(error: EngineError): boolean {
  return error.code === "absent" && error.retryable;
}

/** Of all calls together: what one of them has learnt of the daemon is no news of another. */
class Patience {
  readonly #options: PatienceOptions;
  /** Whether the daemon has answered at all. */
  #isKnown = false;
  /** When a call has first found nobody. */
  #failedFirstMs: number | undefined;
  readonly #warning: AwayWarning;

  constructor(options: PatienceOptions) {
    this.#options = options;
    this.#warning = new AwayWarning(options.log, "the daemon is asked again");
  }

  /** For calls that may be made twice. */
  repeat<T>(call: () => Promise<T>, options: CallOptions | undefined): Promise<T> {
    let lost = 0;
    return this.#insist(call, options, (error) => isAway(error) || (isCut(error) && lost++ < lostAnswers));
  }

  /** For calls that may not: only one that has reached nobody is made again. */
  reach<T>(call: () => Promise<T>, options: CallOptions | undefined): Promise<T> {
    return this.#insist(call, options, isAway);
  }

  async #insist<T>(
    call: () => Promise<T>,
    options: CallOptions | undefined,
    mayAsk: (error: EngineError) => boolean,
  ): Promise<T> {
    const { clock } = this.#options;
    let since: number | undefined;
    for (;;) {
      try {
        const answer = await call();
        this.#noteAnswer();
        return answer;
      } catch (error) {
        since ??= clock.now();
        if (!(error instanceof EngineError)) throw error;
        if (!isAway(error) && !isAnswerLost(error)) this.#noteAnswer();
        if (this.#isOver(since) || !mayAsk(error)) throw error;
        this.#warning.tell(error);
        await waitFor(askAgainMs, clock, options, error);
      }
    }
  }

  /** Whether there is no time to ask once more, for a call that has failed since then. */
  #isOver(sinceMs: number): boolean {
    const { clock, patienceMs, firstPatienceMs } = this.#options;
    this.#failedFirstMs ??= sinceMs;
    const nextMs = clock.now() + askAgainMs;
    const isFirst = !this.#isKnown && firstPatienceMs !== undefined;
    return isFirst ? nextMs - this.#failedFirstMs > firstPatienceMs : nextMs - sinceMs > patienceMs;
  }

  /** An error that the daemon gives is an answer too. */
  #noteAnswer(): void {
    this.#isKnown = true;
    this.#warning.clear();
  }
}

/** A call that took too long has had its time; only one that was cut is made again. */
function isCut(error: EngineError): boolean {
  return isAnswerLost(error) && error.code === "failed";
}

/** Throws what the call has thrown when its caller gives up. */
async function waitFor(pauseMs: number, clock: Clock, { signal }: CallOptions = {}, error: EngineError): Promise<void> {
  try {
    await sleep(clock, pauseMs, signal ? { signal } : {});
  } catch {
    throw error;
  }
}
