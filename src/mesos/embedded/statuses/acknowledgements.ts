import { Event_Type, type TaskStatus } from "../../protocol.ts";
import type { ExecutorRecord } from "../work/records.ts";

/** Which acknowledgements are to be withheld. */
export type Withheld = (status: TaskStatus) => boolean;

/** Sends acknowledgements, or holds them back as an agent with a slow disk or a broken stream would. */
export class Acknowledgements {
  #isWithheld: Withheld = () => false;
  #held: { executor: ExecutorRecord; status: TaskStatus }[] = [];

  /** Acknowledges a status, unless it is withheld. */
  send(executor: ExecutorRecord, status: TaskStatus): void {
    if (this.#isWithheld(status)) this.#held.push({ executor, status });
    else acknowledge(executor, status);
  }

  /** Withholds from now on what `isWithheld` says. */
  withhold(isWithheld: Withheld): void {
    this.#isWithheld = isWithheld;
  }

  /** Sends what was held back, in order, and withholds nothing more. */
  release(): void {
    this.#isWithheld = () => false;
    for (const { executor, status } of this.#held.splice(0)) acknowledge(executor, status);
  }

  /** Forgets what was held back: the agent's process ended before it could be sent. */
  forget(): void {
    this.#held = [];
  }
}

function acknowledge(executor: ExecutorRecord, status: TaskStatus): void {
  const taskId = { value: status.taskId?.value ?? "" };
  executor.stream?.send({ type: Event_Type.ACKNOWLEDGED, acknowledged: { taskId, uuid: status.uuid } });
}
