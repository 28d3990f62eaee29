import { waitFor } from "../../../registry/call.ts";
import { type DistantConfig, type DockerConfig, parseDockerConfig } from "../../images/credentials/mod.ts";
import type { AgentAddress } from "../../mesos/agent_address.ts";
import { AgentError } from "../../mesos/agent_error.ts";
import { askAgentFlag } from "../../mesos/agent_flags.ts";
import { type HttpTransport, plainTransport } from "../../mesos/agent_request.ts";
import { messageOf } from "../../notation/thrown.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { Log } from "../../runtime/log.ts";
import { isOwnAddress } from "../../runtime/own_addresses.ts";

const flag = "docker_config";

/** An agent on this host answers at once; a task waits for it that may need no credentials at all. */
const deadlineMs = 3000;

/** What an agent that keeps its flags to itself answers: everyday, and nobody's fault. */
const reticence: readonly (number | undefined)[] = [401, 403, 404];

/** Whom to ask, and how. */
export interface AgentDockerConfigOptions {
  /** As people are told of it. */
  name: string;
  /** Of the operator API. */
  address: AgentAddress;
  /** By TLS; plain HTTP unless given. */
  transport?: HttpTransport;
  clock: Clock;
  log: Log;
}

interface Asking {
  readonly config: Promise<DockerConfig | undefined>;
  readonly leaving: AbortController;
  waiting: number;
}

/**
 * The configuration of Docker's that the agent gives to its own containerizers (`--docker_config`, contract B.5). It is asked for
 * once, when it is needed first; where it cannot be had one line says why, and there is none. No task fails by that.
 */
export class AgentDockerConfig implements DistantConfig {
  readonly name: string;
  readonly #options: AgentDockerConfigOptions;
  #asking: Asking | undefined;
  #known: { readonly config: DockerConfig | undefined } | undefined;

  constructor(options: AgentDockerConfigOptions) {
    this.name = options.name;
    this.#options = options;
  }

  /** Who stops waiting leaves it to the others; without any the question is dropped. Throws the signal's reason alone. */
  async read({ signal }: { signal?: AbortSignal } = {}): Promise<DockerConfig | undefined> {
    signal?.throwIfAborted();
    if (this.#known) return this.#known.config;
    this.#asking ??= this.#begin();
    const asking = this.#asking;
    asking.waiting++;
    try {
      return await waitFor(asking.config, signal);
    } finally {
      asking.waiting--;
      if (asking.waiting === 0 && this.#asking === asking) this.#asking = undefined;
      if (asking.waiting === 0) asking.leaving.abort(new Error("nobody waits for the agent's answer"));
    }
  }

  #begin(): Asking {
    const leaving = new AbortController();
    const config = this.#find(leaving.signal).then((found) => {
      this.#known = { config: found };
      return found;
    });
    return { config, leaving, waiting: 0 };
  }

  async #find(signal: AbortSignal): Promise<DockerConfig | undefined> {
    const { address, transport = plainTransport, clock, log } = this.#options;
    try {
      // What it answers are credentials: nobody on a network between may read them.
      if (address.kind === "tcp" && transport === plainTransport && !isOwnAddress(address.host)) {
        const found = `${address.host} is not an address of this host, and the agent is spoken to without TLS`;
        return this.#doWithout("debug", found);
      }
      const value = await askAgentFlag(flag, address, { transport, clock, deadlineMs, signal });
      if (value !== undefined) return parseDockerConfig(value, this.name);
      log.debug(`the agent has no --${flag}`);
      return undefined;
    } catch (error) {
      signal.throwIfAborted();
      const isReticent = error instanceof AgentError && reticence.includes(error.status);
      return this.#doWithout(isReticent ? "debug" : "warn", messageOf(error));
    }
  }

  #doWithout(level: "debug" | "warn", found: string): undefined {
    this.#options.log[level](`images are asked for without credentials of ${this.name}`, { found });
  }
}
