import { type Clock, sleep, systemClock, type Timer } from "../runtime/clock.ts";
import { type Log, silentLog } from "../runtime/log.ts";
import { formatAgentAddress } from "./agent_address.ts";
import { AgentError } from "./agent_error.ts";
import { type AgentInput, toAgentInput } from "./agent_input.ts";
import type { ExecutorEnvironment } from "./environment.ts";
import type { HttpAgent } from "./http_agent.ts";
import { Call_Type, type CallInit, type Event, Event_Type, type StatusInit, TaskStatus_Source } from "./protocol.ts";
import { type SentStatus, Unacknowledged } from "./unacknowledged.ts";
import { createUuid } from "./uuid.ts";

/** What an executor reports of a task; the connection adds the ids, uuid, time and source. */
export type StatusReport = Omit<StatusInit, "$typeName" | "taskId" | "uuid" | "timestamp" | "source">;

/** How an agent is called, see {@link HttpAgent}. */
export type AgentCalls = Pick<HttpAgent, "address" | "subscribe" | "send">;

/** How long a first subscription is tried for: what agents grant by default (`--executor_registration_timeout`). */
const registrationPatienceMs = 60_000;

/** How often either side says that it is there (contract A.6). */
const heartbeatIntervalMs = 30 * 60_000;

/** After this silence, an agent that has sent heartbeats is taken for gone. */
const silencePatienceMs = 3 * heartbeatIntervalMs;

/** From the beginning of a stream to SUBSCRIBED, which is its first event (contract A.7). */
const subscribedPatienceMs = 30_000;

/** Wait between attempts as long as no subscription has succeeded (the reference library's interval, contract A.11). */
const firstAttemptsIntervalMs = 1000;

/**
 * The conversation of one executor with its agent: subscribes, subscribes again after an outage with everything that
 * is unacknowledged, and sends updates in order. It never repeats an update on a timer (contract A.9).
 */
export class ExecutorConnection {
  readonly #agent: AgentCalls;
  readonly #environment: ExecutorEnvironment;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #random: () => number;
  readonly #unacknowledged = new Unacknowledged();
  /** Updates that went out in or after the SUBSCRIBE of this stream. */
  #sent = new Set<SentStatus>();
  /** Aborted to end the present stream; its reason says why. */
  #stream = new AbortController();
  #isSubscribed = false;
  #hasSubscribed = false;
  /** Ends a stream on which nothing comes. */
  #silence: Timer | undefined;
  #heartbeat: Timer | undefined;
  #hasHeartbeats = false;

  constructor(
    agent: AgentCalls,
    environment: ExecutorEnvironment,
    options: { clock?: Clock; log?: Log; random?: () => number } = {},
  ) {
    this.#agent = agent;
    this.#environment = environment;
    this.#clock = options.clock ?? systemClock;
    this.#log = options.log ?? silentLog;
    this.#random = options.random ?? Math.random;
  }

  /** Whether the agent has acknowledged every update. */
  get isSettled(): boolean {
    return this.#unacknowledged.updates.length === 0;
  }

  /** Reports a status. It is kept until the agent acknowledges it, and sent as soon as there is a subscription. */
  update(taskId: string, report: StatusReport): void {
    const uuid = createUuid();
    const status: StatusInit = {
      ...report,
      taskId: { value: taskId },
      uuid,
      timestamp: this.#clock.now() / 1000,
      source: TaskStatus_Source.EXECUTOR,
      executorId: { value: this.#environment.executorId },
    };
    const sent: SentStatus = { taskId, uuid, status };
    this.#unacknowledged.addUpdate(sent);
    if (this.#isSubscribed) this.#sendUpdate(sent);
  }

  /** Sends a message to the scheduler: best effort, lost when there is no subscription. */
  message(data: Uint8Array): void {
    if (!this.#isSubscribed) {
      this.#log.warn("message to the scheduler dropped: not subscribed");
      return;
    }
    this.#send("send message", this.#call({ type: Call_Type.MESSAGE, message: { data } }));
  }

  /** Everything that the agent says, in order, until the signal is aborted or the agent is lost. */
  async *inputs(options: { signal: AbortSignal }): AsyncGenerator<AgentInput, void, undefined> {
    // Counted from the outage, not from the last event: an agent in good health is silent for half an hour.
    let awaySince: number | undefined = this.#clock.now();
    let awayBy: AgentError["code"] | undefined;
    let isOutageTold = true;
    while (!options.signal.aborted) {
      const error = yield* this.#readStream(options.signal, () => {
        awaySince = awayBy = undefined;
        isOutageTold = false;
      });
      if (options.signal.aborted) return;
      // Its recovery may take as long again, but one that never comes to an end is not waited for.
      if (error.code === "recovering" && awayBy !== "recovering") awaySince = undefined;
      awayBy = error.code;
      awaySince ??= this.#clock.now();
      const waitMs = this.#waitMs();
      if (!this.#mayWait(error, this.#clock.now() + waitMs - awaySince)) {
        yield { kind: "lost", error };
        return;
      }
      this.#log.warn("agent is away, trying again", { error: error.message, waitMs: Math.round(waitMs) });
      if (!isOutageTold) yield { kind: "disconnected", error };
      isOutageTold = true;
      await sleep(this.#clock, waitMs, options).catch(() => undefined);
    }
  }

  /**
   * Wait before the next attempt: random after an outage, lest all executors of an agent come at once (contract A.11).
   * The longest wait that is allowed is also all the time that an agent grants after its restart, before it destroys who
   * has not come (A.10). Half of it leaves time for the way, whenever the last attempt was.
   */
  #waitMs(): number {
    if (!this.#hasSubscribed) return firstAttemptsIntervalMs;
    return (this.#random() * this.#environment.subscriptionBackoffMaxMs) / 2;
  }

  /** Whether to try again once the agent has been away so long. Without checkpointing an outage is the end (A.11). */
  #mayWait(error: AgentError, awayMs: number): boolean {
    if (!error.retryable) return false;
    const { checkpoint, recoveryTimeoutMs } = this.#environment;
    if (this.#hasSubscribed) return checkpoint && awayMs <= recoveryTimeoutMs;
    const isRecovering = checkpoint && error.code === "recovering";
    return awayMs <= (isRecovering ? Math.max(recoveryTimeoutMs, registrationPatienceMs) : registrationPatienceMs);
  }

  /** Opens one stream and gives its events until it ends; returns why it did. */
  async *#readStream(signal: AbortSignal, heard: () => void): AsyncGenerator<AgentInput, AgentError, undefined> {
    this.#stream = new AbortController();
    const stream = AbortSignal.any([signal, this.#stream.signal]);
    try {
      const events = await this.#agent.subscribe(this.#subscribeCall(), { signal: stream });
      this.#watchSilence(subscribedPatienceMs);
      for await (const event of events) {
        heard();
        const input = this.#take(event);
        if (input) yield input;
      }
      return new AgentError(
        "unreachable",
        `Cannot go on reading events from ${this.#name}: the agent closed the stream`,
      );
    } catch (error) {
      const reason = this.#stream.signal.aborted ? this.#stream.signal.reason : error;
      if (reason instanceof AgentError) return reason;
      if (signal.aborted)
        return new AgentError("unreachable", "Cannot go on reading events: given up", { cause: error });
      throw error;
    } finally {
      this.#isSubscribed = false;
      this.#silence?.cancel();
      this.#heartbeat?.cancel();
      this.#stream.abort(new AgentError("unreachable", `Cannot send: the stream from ${this.#name} has ended`));
    }
  }

  /** Ends the present stream unless something comes on it in time. */
  #watchSilence(patienceMs: number): void {
    this.#silence?.cancel();
    const stream = this.#stream;
    this.#silence = this.#clock.schedule(patienceMs, () => {
      const found = `nothing came in ${patienceMs / 1000} s`;
      stream.abort(new AgentError("unreachable", `Cannot go on reading events from ${this.#name}: ${found}`));
    });
  }

  /** An executor keeps its connection for calls alive as the agent keeps the stream. Agents before 1.10 know no such call. */
  #beat(): void {
    this.#heartbeat?.cancel();
    this.#heartbeat = this.#clock.schedule(heartbeatIntervalMs, () => {
      const call = this.#call({ type: Call_Type.HEARTBEAT });
      this.#agent.send("send heartbeat", call, { signal: this.#stream.signal }).catch((error: unknown) => {
        this.#log.debug("the agent did not take a heartbeat", { error: String(error) });
      });
      this.#beat();
    });
  }

  #take(event: Event): AgentInput | undefined {
    // Agents of before 1.8 send no heartbeats, and may be silent for ever.
    if (event.type === Event_Type.HEARTBEAT) this.#hasHeartbeats = true;
    if (this.#isSubscribed && this.#hasHeartbeats) this.#watchSilence(silencePatienceMs);
    if (event.type === Event_Type.ACKNOWLEDGED && event.acknowledged) {
      const sent = this.#unacknowledged.acknowledge(event.acknowledged.uuid);
      return sent && { kind: "acknowledged", taskId: sent.taskId, sent };
    }
    const input = toAgentInput(event);
    if (input === undefined && event.type !== Event_Type.HEARTBEAT) {
      this.#log.warn("event ignored", { type: event.type });
    }
    if (input?.kind === "launch") this.#unacknowledged.addTask(input.task);
    if (input?.kind === "launch_group") for (const task of input.tasks) this.#unacknowledged.addTask(task);
    if (input?.kind === "subscribed") this.#becomeSubscribed();
    return input;
  }

  #becomeSubscribed(): void {
    this.#silence?.cancel();
    this.#beat();
    this.#isSubscribed = true;
    this.#hasSubscribed = true;
    for (const sent of this.#unacknowledged.updates) if (!this.#sent.has(sent)) this.#sendUpdate(sent);
  }

  #subscribeCall(): CallInit {
    const unacknowledgedUpdates = this.#unacknowledged.updates;
    this.#sent = new Set(unacknowledgedUpdates);
    return this.#call({
      type: Call_Type.SUBSCRIBE,
      subscribe: {
        unacknowledgedTasks: [...this.#unacknowledged.tasks],
        unacknowledgedUpdates: unacknowledgedUpdates.map(({ status }) => ({ status })),
      },
    });
  }

  #sendUpdate(sent: SentStatus): void {
    this.#sent.add(sent);
    this.#send("send update", this.#call({ type: Call_Type.UPDATE, update: { status: sent.status } }));
  }

  /** Sends in the background; a failure ends the stream, and so leads to a new subscription or to the end. */
  #send(action: string, call: CallInit): void {
    const stream = this.#stream;
    this.#agent.send(action, call, { signal: stream.signal }).catch((error: unknown) => stream.abort(error));
  }

  #call(call: CallInit): CallInit {
    const { executorId, frameworkId } = this.#environment;
    return { ...call, executorId: { value: executorId }, frameworkId: { value: frameworkId } };
  }

  get #name(): string {
    return formatAgentAddress(this.#agent.address);
  }
}
