import type { Duplex } from "node:stream";
import { giveAway } from "../../loose_memory.ts";
import { AnswerBody } from "./answer_body.ts";
import { type AnswerHead, AnswerParser } from "./answer_parser.ts";

/** A duplex stream that a process need not wait for. */
type Socket = Duplex & { ref?(): unknown; unref?(): unknown };

/** What a connection goes over. */
export interface Line {
  readonly socket: Socket;
  /** What the socket itself goes over, where that is another's: it keeps a process from its end as well. */
  readonly carrier?: Socket | undefined;
  /** Whether the socket tells of an end that comes while it is paused, or never does once it was. */
  readonly afterPause: "awake" | "deaf";
}

/** What comes to a request. */
export interface ComingAnswer {
  /** Rejects with what broke the connection. */
  readonly head: Promise<AnswerHead>;
  readonly body: AnswerBody;
}

/**
 * A connection to a host or a proxy: one request after the other goes out, and the answer to each comes in. Bytes come as the
 * socket has read them, without a copy on the way, and hardly faster than they are taken.
 */
export class HttpConnection {
  readonly #line: Line;
  readonly #socket: Socket;
  readonly #parser: AnswerParser;
  #request: "none" | "going out" | "sent" = "none";
  #answer: "none" | "expected" | "begun" | "whole" = "none";
  #isLasting = true;
  #keptMs = Number.POSITIVE_INFINITY;
  /** Whether the other side may close the connection without our knowing. */
  #isDeaf = false;
  #fault: Error | undefined;
  #body = new AnswerBody(() => undefined);
  #head = Promise.withResolvers<AnswerHead>();
  /** Ends the wait of a writer. */
  #go: (() => void) | undefined;

  constructor(line: Line) {
    const { socket } = line;
    this.#line = line;
    this.#socket = socket;
    this.#parser = new AnswerParser({
      head: (head) => {
        this.#keptMs = readKeptMs(head.headers["keep-alive"] ?? "");
        this.#head.resolve(head);
      },
      piece: (bytes) => this.#body.put(bytes),
      end: (rest) => {
        this.#answer = "whole";
        this.#isLasting = rest === "reusable";
        this.#body.end();
      },
    });
    socket.on("data", (bytes: Uint8Array) => this.#take(bytes));
    socket.on("end", () => this.#close());
    socket.on("error", (error) => this.destroy(error));
    socket.on("close", () => this.#close());
    socket.on("drain", () => this.#go?.());
  }

  /** Whether another request may go out: nothing of the last one is on the way. */
  get isIdle(): boolean {
    const isDone = this.#answer === "whole" && this.#request === "sent";
    return this.#fault === undefined && this.#isLasting && !this.#isDeaf && (isDone || this.#answer === "none");
  }

  /** How long its server keeps it while nothing is asked, as that said last; infinite when it said nothing. */
  get keptMs(): number {
    return this.#keptMs;
  }

  /** Whether no byte of an answer to the last request has come. */
  get isUnanswered(): boolean {
    return this.#answer === "expected";
  }

  /** Begins an exchange. */
  ask(method: string): ComingAnswer {
    this.#request = "going out";
    this.#answer = "expected";
    this.#head = Promise.withResolvers();
    this.#body = new AnswerBody(() => this.#socket.resume());
    this.#parser.expect(method);
    this.#socket.ref?.();
    this.#line.carrier?.ref?.();
    if (this.#fault) this.#fail(this.#fault);
    return { head: this.#head.promise, body: this.#body };
  }

  /** Sends bytes; comes back when more may follow, or nobody takes them any more. */
  async write(bytes: Uint8Array | string): Promise<"go on" | "closed"> {
    if (this.#fault) return "closed";
    if (this.#socket.write(bytes, "latin1")) return "go on";
    await new Promise<void>((resolve) => {
      this.#go = resolve;
    });
    this.#go = undefined;
    return this.#fault ? "closed" : "go on";
  }

  /** All of the request is out. */
  finish(): void {
    this.#request = "sent";
  }

  /** Lets the process end while nothing is asked. */
  rest(): void {
    this.#answer = "none";
    this.#request = "none";
    // A server's end of it is to be noticed.
    this.#socket.resume();
    this.#socket.unref?.();
    this.#line.carrier?.unref?.();
  }

  /** Closes the connection; who waits for something of it is told the reason. */
  destroy(reason: Error = new Error("the connection was given up")): void {
    this.#fail(reason);
    this.#socket.destroy();
  }

  #take(bytes: Uint8Array): void {
    if (this.#fault) return;
    if (this.#answer === "expected") this.#answer = "begun";
    giveAway(bytes);
    try {
      this.#parser.take(bytes);
    } catch (error) {
      return this.destroy(toError(error));
    }
    if (this.#body.isAhead && this.#answer === "begun") this.#pause();
  }

  #pause(): void {
    if (this.#line.afterPause === "deaf") {
      if (this.#parser.needsEnd) return;
      this.#isDeaf = true;
    }
    this.#socket.pause();
  }

  #close(): void {
    if (this.#fault) return;
    try {
      this.#parser.close();
      this.destroy(new Error("the connection was closed"));
    } catch (error) {
      this.destroy(toError(error));
    }
  }

  #fail(reason: Error): void {
    this.#fault ??= reason;
    // Where the head has come, or nobody asked for one.
    this.#head.promise.catch(() => undefined);
    this.#head.reject(reason);
    this.#body.fail(reason);
    this.#go?.();
  }
}

function toError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}

/** `timeout=5, max=100`, in seconds (RFC 2068, 19.7.1.1). */
function readKeptMs(header: string): number {
  const [, seconds] = /(?:^|[,\s])timeout=(\d{1,9})(?:$|[,\s])/i.exec(header) ?? [];
  return seconds === undefined ? Number.POSITIVE_INFINITY : Number(seconds) * 1000;
}
