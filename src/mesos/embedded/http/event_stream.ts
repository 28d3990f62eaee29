import type { ServerResponse } from "node:http";
import type { Clock, Timer } from "../../../runtime/clock.ts";
import { Event_Type, type EventInit, encodeEvent } from "../../protocol.ts";
import { encodeRecord } from "../../recordio.ts";
import { protobuf } from "./media_types.ts";

/** The answer to one SUBSCRIBE: events as records, heartbeats in between (contract A.5, A.7). */
export class EventStream {
  readonly #response: ServerResponse;
  readonly #clock: Clock;
  readonly #heartbeatIntervalMs: number;
  #heartbeat: Timer | undefined;
  #isOpen = true;

  constructor(response: ServerResponse, options: { clock: Clock; heartbeatIntervalMs: number }) {
    this.#response = response;
    this.#clock = options.clock;
    this.#heartbeatIntervalMs = options.heartbeatIntervalMs;
    response.on("close", () => this.#stop());
    // A write can meet a connection that has just been reset; "close" follows and says the same.
    response.on("error", () => this.#stop());
    response.writeHead(200, { "Content-Type": protobuf });
    response.flushHeaders();
    this.#scheduleHeartbeat();
  }

  /** Whether the client is, as far as known, still there. */
  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** Sends an event. On a dead stream it is lost without a trace, as it is with an agent (contract A.10): false then. */
  send(event: EventInit): boolean {
    if (!this.#isOpen) return false;
    this.#response.write(encodeRecord(encodeEvent(event)));
    return true;
  }

  /** Ends the response cleanly. */
  end(): void {
    if (!this.#isOpen) return;
    this.#stop();
    this.#response.end();
  }

  #scheduleHeartbeat(): void {
    this.#heartbeat = this.#clock.schedule(this.#heartbeatIntervalMs, () => {
      this.send({ type: Event_Type.HEARTBEAT });
      this.#scheduleHeartbeat();
    });
  }

  #stop(): void {
    this.#isOpen = false;
    this.#heartbeat?.cancel();
  }
}
