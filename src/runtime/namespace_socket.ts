// Connections in the network namespace of another process. Under Bun they are made by this process itself: its thread enters
// the namespace, makes the socket and comes back, without anything else happening in between; a socket stays where it was
// made. Measured against a process per connection this is what 50 checks a second can afford (docs/adr/0012).
import { closeSync, openSync, readlinkSync } from "node:fs";
import { isIP } from "node:net";
import process from "node:process";

/** A TCP connection in some network namespace. */
export interface NamespaceSocket {
  /** Settles when the bytes are on their way. */
  write(bytes: Uint8Array): Promise<void>;
  /** What comes, until the other side ends; throws when the connection breaks. */
  chunks(): AsyncIterable<Uint8Array>;
  close(): void;
}

/** Where a connection goes; `tls` names the server for those that are encrypted, whose certificate nobody verifies. */
export interface NamespaceTarget {
  /** An address, not a name. */
  host: string;
  port: number;
  tls?: { serverName: string };
}

/** CLONE_NEWNET of setns(2). */
const networkNamespace = 0x40000000;

/** The network namespace of a process, as text that is the same for the same one; throws the system's error. */
export function readNetworkNamespace(pid: number | "self"): string {
  return readlinkSync(`/proc/${pid}/ns/net`);
}

/** Whether this runtime can connect in other namespaces without the help of another program. */
export function canEnterNamespaces(): boolean {
  return "bun" in process.versions;
}

/** Opens a connection in the namespace of that process; rejects with the system's error, or the signal's reason. */
export async function connectInNamespace(
  pid: number,
  { host, port, tls }: NamespaceTarget,
  { signal }: { signal: AbortSignal },
): Promise<NamespaceSocket> {
  const { connect } = await import("bun");
  const within = await openNamespaces();
  signal.throwIfAborted();
  const socket = new BunSocket();
  // An address is no name of a server (RFC 6066, section 3).
  const serverName = tls && !isIP(tls.serverName) ? { serverName: tls.serverName } : {};
  const secure = tls ? { tls: { rejectUnauthorized: false, ...serverName } } : {};
  const connecting = within(pid, () => connect({ hostname: host, port, ...secure, socket: socket.handlers }));
  const abort = () => socket.fail(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  try {
    // The promise of Bun is settled by a refused connection as well; the handlers tell both.
    connecting.catch((error: unknown) => socket.fail(error));
    await socket.opened;
    return socket;
  } catch (error) {
    socket.close();
    throw error;
  } finally {
    signal.removeEventListener("abort", abort);
  }
}

/** Does something within the network namespace of a process, and must not wait for anything there. */
type Within = <T>(pid: number, act: () => T) => T;

let namespaces: Promise<Within> | undefined;

function openNamespaces(): Promise<Within> {
  namespaces ??= loadNamespaces();
  return namespaces;
}

async function loadNamespaces(): Promise<Within> {
  const { dlopen, FFIType } = await import("bun:ffi");
  const { setns } = dlopen("libc.so.6", {
    setns: { args: [FFIType.i32, FFIType.i32], returns: FFIType.i32 },
  }).symbols;
  const own = openSync("/proc/thread-self/ns/net", "r");
  return (pid, act) => {
    const other = openSync(`/proc/${pid}/ns/net`, "r");
    try {
      if (setns(other, networkNamespace) !== 0) {
        throw new Error(`Cannot enter the network namespace of process ${pid}: it takes root, or CAP_SYS_ADMIN`);
      }
      try {
        return act();
      } finally {
        // A program that went on from here would speak to the agent and the daemon from within a container.
        if (setns(own, networkNamespace) !== 0) process.abort();
      }
    } finally {
      closeSync(other);
    }
  };
}

type BunHandlers = import("bun").SocketHandler<undefined>;

/** Turns the events of one socket into what a caller can wait for. */
class BunSocket implements NamespaceSocket {
  readonly #opened = Promise.withResolvers<void>();
  readonly #chunks: Uint8Array[] = [];
  #socket: import("bun").Socket<undefined> | undefined;
  #end: { error?: unknown } | undefined;
  #wake = Promise.withResolvers<void>();
  #isClosed = false;

  /** Settles when the connection stands. */
  get opened(): Promise<void> {
    return this.#opened.promise;
  }

  readonly handlers: BunHandlers = {
    open: (socket) => this.#take(socket),
    data: (_socket, bytes) => this.#push(new Uint8Array(bytes)),
    close: () => this.#finish({}),
    end: () => this.#finish({}),
    error: (_socket, error) => this.fail(error),
    connectError: (_socket, error) => this.fail(error),
  };

  write(bytes: Uint8Array): Promise<void> {
    // Requests of probes fit into the buffer of any socket.
    this.#socket?.write(bytes);
    return Promise.resolve();
  }

  async *chunks(): AsyncGenerator<Uint8Array, void, undefined> {
    for (;;) {
      const chunk = this.#chunks.shift();
      if (chunk) yield chunk;
      else if (this.#end && "error" in this.#end) throw this.#end.error;
      else if (this.#end) return;
      else await this.#wake.promise;
    }
  }

  fail(error: unknown): void {
    this.#opened.promise.catch(() => undefined);
    this.#opened.reject(error);
    this.#finish({ error });
  }

  close(): void {
    this.#isClosed = true;
    this.#socket?.terminate();
  }

  #take(socket: import("bun").Socket<undefined>): void {
    this.#socket = socket;
    if (this.#isClosed) socket.terminate();
    this.#opened.resolve();
  }

  #push(bytes: Uint8Array): void {
    this.#chunks.push(bytes);
    this.#awake();
  }

  #finish(end: { error?: unknown }): void {
    this.#end ??= end;
    this.#opened.promise.catch(() => undefined);
    this.#opened.reject(new Error("the connection was closed"));
    this.#awake();
  }

  #awake(): void {
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
  }
}
