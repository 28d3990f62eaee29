import assert from "node:assert/strict";
import type { AgentInput } from "../../src/mesos/agent_input.ts";
import type { ExecutorEnvironment } from "../../src/mesos/environment.ts";
import { ExecutorConnection } from "../../src/mesos/executor_connection.ts";
import { HttpAgent } from "../../src/mesos/http_agent.ts";
import type { Call } from "../../src/mesos/protocol.ts";
import type { Log } from "../../src/runtime/log.ts";
import { subscribedEvent } from "./calls.ts";
import type { EventStream } from "./exchange.ts";
import { environment } from "./executor_environment.ts";
import { FakeClock } from "./fake_clock.ts";
import { Mailbox } from "./mailbox.ts";
import { type ListeningPlace, openScriptedAgent, type ScriptedAgent } from "./scripted_agent.ts";
import { inTime } from "./waiting.ts";

/** What {@link openConversation} may be told. */
export interface ConversationOptions {
  environment?: Partial<ExecutorEnvironment>;
  random?: () => number;
  place?: ListeningPlace;
}

/** An executor's connection that has begun to listen to a scripted agent. */
export async function openConversation(options: ConversationOptions = {}): Promise<Conversation> {
  const agent = await openScriptedAgent(options.place === undefined ? {} : { place: options.place });
  return new Conversation(agent, options);
}

/** Both sides of a conversation, on a clock that only the test moves. */
class Conversation implements AsyncDisposable {
  readonly agent: ScriptedAgent;
  readonly connection: ExecutorConnection;
  readonly clock = new FakeClock();
  /** Warnings that were logged. */
  readonly warnings: string[] = [];
  /** Settles when no more inputs come: rejects with what the connection threw. */
  readonly ended: Promise<void>;
  readonly #http: HttpAgent;
  readonly #inputs = new Mailbox<AgentInput>("an input");
  readonly #listening = new AbortController();

  constructor(agent: ScriptedAgent, options: ConversationOptions) {
    const { clock } = this;
    const ignore = () => undefined;
    const log: Log = { debug: ignore, info: ignore, warn: (message) => this.warnings.push(message), error: ignore };
    const { random = () => 1 } = options;
    this.agent = agent;
    this.#http = new HttpAgent(agent.address, { clock });
    this.connection = new ExecutorConnection(
      this.#http,
      { ...environment, ...options.environment },
      { clock, log, random },
    );
    this.ended = this.#listen();
    // Whoever waits for it is told; a test that does not must fail by what did not come.
    this.ended.catch(ignore);
  }

  /** How many inputs have come and were not taken. */
  get waitingInputs(): number {
    return this.#inputs.size;
  }

  /** The next input, which must be of this kind. */
  async next<K extends AgentInput["kind"]>(kind: K): Promise<AgentInput & { kind: K }> {
    const input = await Promise.race([this.#inputs.take(), this.#failure()]);
    assert.equal(input.kind, kind);
    return input as AgentInput & { kind: K };
  }

  /** Accepts the next SUBSCRIBE and says SUBSCRIBED. */
  async subscribe(): Promise<{ call: Call; stream: EventStream }> {
    const exchange = await this.agent.nextSubscribe();
    const stream = exchange.openStream();
    stream.event(subscribedEvent);
    await this.next("subscribed");
    return { call: exchange.call, stream };
  }

  /** The same after an outage, which has to be told once, and after the wait that `random` gives unless told otherwise. */
  async resubscribe(waitMs = 1000): Promise<{ call: Call; stream: EventStream }> {
    await this.next("disconnected");
    await this.wait(waitMs);
    return await this.subscribe();
  }

  /** Lets a wait of exactly this length pass. */
  async wait(waitMs: number): Promise<void> {
    await inTime(this.clock.scheduled(waitMs), `a wait of ${waitMs} ms`);
    this.clock.advance(waitMs);
  }

  /** Stops to listen, as an executor that ends. */
  async hangUp(): Promise<void> {
    this.#listening.abort(new Error("the test ends"));
    await inTime(this.ended, "the end of the inputs");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#listening.abort(new Error("the test ends"));
    await this.ended.catch(() => undefined);
    this.#http[Symbol.dispose]();
    await this.agent[Symbol.asyncDispose]();
  }

  async #listen(): Promise<void> {
    for await (const input of this.connection.inputs({ signal: this.#listening.signal })) this.#inputs.put(input);
  }

  /** Rejects when the connection throws, and never settles otherwise. */
  #failure(): Promise<never> {
    return this.ended.then(() => new Promise<never>(() => undefined));
  }
}

export type { Conversation };
