import type { Clock } from "../../runtime/clock.ts";
import type { Log } from "../../runtime/log.ts";
import type { CallOptions } from "../engine.ts";
import { type EngineAddress, formatEngineAddress } from "../engine_address.ts";
import type { EngineVersion } from "../engine_documents.ts";
import { EngineError } from "../engine_error.ts";
import { CallGuard, type CallSubject, cannot } from "./call_guard.ts";
import type { EngineDeadlines } from "./deadlines.ts";
import type { CallBody, EngineCall } from "./engine_call.ts";
import { Exchange } from "./exchange.ts";
import { compareApiVersions, type DaemonVersion, negotiateVersion, readDaemonVersion } from "./negotiation.ts";
import { ModemTransport, type WireBody, type WireResponse } from "./transport.ts";
import { toUnreachableError } from "./unreachable.ts";
import { createUpload } from "./upload.ts";

/** What a connection is made with. */
export interface ConnectionOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly deadlines: EngineDeadlines;
  /** Spoken instead of a negotiated version. */
  readonly apiVersion?: string | undefined;
}

/** Makes calls to one daemon, with deadlines, aborts and the negotiated version. Disposing it aborts all open calls. */
export class EngineConnection implements Disposable {
  readonly deadlines: EngineDeadlines;
  readonly #address: EngineAddress;
  readonly #options: ConnectionOptions;
  readonly #transport: ModemTransport;
  readonly #openCalls = new Set<CallGuard>();
  #version: Promise<EngineVersion> | undefined;
  #disposed = false;

  constructor(address: EngineAddress, options: ConnectionOptions) {
    this.deadlines = options.deadlines;
    this.#address = address;
    this.#options = options;
    this.#transport = new ModemTransport(address);
  }

  /** The clock that its deadlines go by. */
  get clock(): Clock {
    return this.#options.clock;
  }

  /** The daemon's address as a text, for errors about no container or image in particular. */
  get addressText(): string {
    return formatEngineAddress(this.#address);
  }

  /** Makes the call; resolves when its status has been accepted. The exchange is to be disposed. */
  async open(call: EngineCall, options: CallOptions = {}): Promise<Exchange> {
    return await this.#guarded(call, options, async (guard) => {
      const { apiVersion } = await guard.race(this.#negotiated());
      const { needs } = call;
      if (needs !== undefined && compareApiVersions(apiVersion, needs.apiVersion) < 0) {
        const found = `${needs.what} needs API ${needs.apiVersion}, spoken is ${apiVersion}`;
        throw new EngineError("unsupported", `${cannot(call)}: ${found}`);
      }
      const fitted = { ...call, ...call.fit?.(apiVersion) };
      return await this.#exchange({ ...fitted, path: `/v${apiVersion}${call.path}` }, guard);
    });
  }

  /** Makes a call whose answer is one document. */
  async document<T>(call: EngineCall, options: CallOptions | undefined, read: (value: unknown) => T): Promise<T> {
    using exchange = await this.open(call, options);
    return await exchange.document(read);
  }

  /** Makes a call of which only the status matters. */
  async status(call: EngineCall, options: CallOptions | undefined): Promise<number> {
    using exchange = await this.open(call, options);
    await exchange.drain();
    return exchange.status;
  }

  /**
   * What the daemon is, and the version spoken with it. A failed attempt is made again by the next call. Errors are
   * about `call`, when it is asked for the sake of that.
   */
  async version(options: CallOptions = {}, call: EngineCall = this.#versionCall()): Promise<EngineVersion> {
    return await this.#guarded(call, options, async (guard) => {
      const version = await guard.race(this.#negotiated());
      guard[Symbol.dispose]();
      return version;
    });
  }

  /** A guard without deadline for what takes several calls; to be disposed. Throws when the engine has ended. */
  openGuard(call: CallSubject, options: CallOptions): CallGuard {
    if (this.#disposed) throw disposedError(call);
    const guard = new CallGuard(call, { clock: this.clock, signal: options.signal });
    this.#openCalls.add(guard);
    guard.defer(() => this.#openCalls.delete(guard));
    return guard;
  }

  [Symbol.dispose](): void {
    this.#disposed = true;
    for (const guard of this.#openCalls) guard.abort(disposedError(guard.call));
  }

  /** Runs a call under a guard that `run` disposes of, or hands on to the exchange; a failure disposes of it too. */
  async #guarded<T>(call: EngineCall, options: CallOptions, run: (guard: CallGuard) => Promise<T>): Promise<T> {
    const guard = this.openGuard(call, options);
    try {
      guard.signal.throwIfAborted();
      guard.startDeadline(options.deadlineMs ?? call.deadlineMs);
      return await run(guard);
    } catch (error) {
      guard[Symbol.dispose]();
      throw error;
    }
  }

  async #exchange(call: EngineCall, guard: CallGuard): Promise<Exchange> {
    const exchange = new Exchange(await this.#send(call, guard), guard);
    const { status } = exchange;
    if (status === 101 || (status >= 200 && status < 300) || call.accept?.includes(status)) return exchange;
    using failed = exchange;
    // Also how a daemon refuses the version that its predecessor had agreed to: the next call asks anew.
    if (status === 400) this.#version = undefined;
    throw await failed.toStatusError();
  }

  async #send(call: EngineCall, guard: CallGuard): Promise<WireResponse> {
    const { method, path, query = {}, headers = {}, body = { kind: "none" } } = call;
    const request = { method, path, query, headers, body: toWireBody(body, guard, call.deadlineMs) };
    const sent = this.#transport.send(request, guard.signal);
    try {
      return await guard.race(sent);
    } catch (cause) {
      if (guard.signal.aborted) {
        // An answer that comes nevertheless must not keep its connection open.
        sent.then(
          (late) => late.body.destroy(),
          () => undefined,
        );
        throw guard.signal.reason;
      }
      // Whoever listens there after a restart may be another version.
      this.#version = undefined;
      throw await toUnreachableError(this.#address, call, cause);
    }
  }

  /** Shared by all who need it; a caller's abort drops its wait alone. */
  #negotiated(): Promise<EngineVersion> {
    if (this.#version === undefined) {
      const attempt = this.#negotiate();
      this.#version = attempt;
      attempt.catch(() => {
        if (this.#version === attempt) this.#version = undefined;
      });
    }
    return this.#version;
  }

  async #negotiate(): Promise<EngineVersion> {
    const daemon = await this.#askVersion();
    const result = negotiateVersion(daemon, this.#options.apiVersion);
    if (result.kind === "none") {
      throw new EngineError("unsupported", `Cannot talk to the Docker daemon at "${this.addressText}": ${result.why}`);
    }
    const { apiVersion } = result;
    this.#options.log.debug("Docker daemon found", {
      address: this.addressText,
      engine: daemon.engineVersion,
      api: apiVersion,
    });
    return { ...daemon, apiVersion };
  }

  async #askVersion(): Promise<DaemonVersion> {
    const call = this.#versionCall();
    return await this.#guarded(call, {}, async (guard) => {
      using exchange = await this.#exchange(call, guard);
      if (exchange.status !== 200) throw this.#strangerError(`status ${exchange.status}`);
      try {
        return await exchange.document(readDaemonVersion);
      } catch (cause) {
        const nonsense = cause instanceof EngineError ? cause.cause : undefined;
        throw nonsense instanceof SyntaxError ? this.#strangerError(nonsense.message, cause) : cause;
      }
    });
  }

  #versionCall(): EngineCall {
    return {
      action: "ask the Docker daemon at",
      subject: this.addressText,
      method: "GET",
      path: "/version",
      // What any web server might say; a proxy's refusals and a daemon's trouble pass on their own texts.
      accept: [301, 302, 307, 308, 404, 405],
      deadlineMs: this.deadlines.callMs,
    };
  }

  #strangerError(found: string, cause?: unknown): EngineError {
    const message = `Cannot talk to the Docker daemon at "${this.addressText}": something other than a Docker daemon answers (${found})`;
    return new EngineError("unsupported", message, { cause });
  }
}

function toWireBody(body: CallBody, guard: CallGuard, silenceMs: number): WireBody {
  return body.kind === "chunks" ? { kind: "stream", stream: createUpload(body.chunks, guard, silenceMs) } : body;
}

function disposedError(call: CallSubject): EngineError {
  return new EngineError("aborted", `${cannot(call)}: the connection to the Docker daemon was closed`);
}
