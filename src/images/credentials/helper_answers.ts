import type { RegistryAuth } from "../../docker/mod.ts";
import type { HelperRequest } from "./helper.ts";

/** Answers are believed that long (images contract C.2): some hold secrets that end, and asking may cost a cloud's API. */
const believedMs = 5 * 60_000;

/** What credential helpers said: one is run once for all who ask at a time, and again after a while or a failure. */
export class HelperAnswers {
  readonly #known = new Map<string, { answer: Promise<RegistryAuth | undefined>; untilMs: number }>();

  /** As `askHelper`. A signal would end the helper for all who wait: there is none. */
  ask(request: Omit<HelperRequest, "signal">): Promise<RegistryAuth | undefined> {
    const { suffix, serverAddress, clock } = request;
    const key = `${suffix} ${serverAddress}`;
    const known = this.#known.get(key);
    if (known !== undefined && known.untilMs > clock.now()) return known.answer;
    const answer = import("./helper.ts").then(({ askHelper }) => askHelper(request));
    this.#known.set(key, { answer, untilMs: clock.now() + believedMs });
    answer.catch(() => this.#known.delete(key));
    return answer;
  }
}
