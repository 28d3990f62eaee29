import type { Engine } from "../../docker/mod.ts";
import type { Clock } from "../../runtime/clock.ts";
import type { Log } from "../../runtime/log.ts";
import type {
  CheckResult,
  ChecksSpec,
  CheckTiming,
  Finding,
  HealthcheckManner,
  HealthSpec,
  Probe,
} from "./check_spec.ts";
import { probeCommandIn } from "./command_probe.ts";
import { followHealthcheck } from "./healthcheck.ts";
import { describeFinding, isSameResult, judgeHealth, toEmptyResult, toResult, unseenHealth } from "./judgement.ts";
import { probeNetwork } from "./network_probe.ts";
import { CheckSchedule } from "./schedule.ts";

/** A running container, and who hears of its checks. */
export interface TaskChecksOptions {
  spec: ChecksSpec;
  containerId: string;
  /** Its first process, as this host knows it; absent where the daemon runs elsewhere. */
  pid?: number;
  engine: Engine;
  clock: Clock;
  log: Log;
  /** A check has found something else than before. */
  checked: (result: CheckResult) => void;
  /** A health check has something to tell; with `kill` the task is to end for it. */
  judged: (health: { verdict: "healthy" | "unhealthy"; why: string; kill: "no" | "yes" }) => void;
  fail: (error: unknown) => void;
}

/** All checks of one running task; disposing ends them, and every process that they have started. */
export class TaskChecks implements Disposable {
  readonly #options: TaskChecksOptions;
  readonly #schedules: CheckSchedule[] = [];
  readonly #ended = new AbortController();
  /** Aborted by a pause; there is another one after it. */
  #following: AbortController | undefined;
  /** What the HEALTHCHECK said last. */
  #followed: "healthy" | "unhealthy" | undefined;

  constructor(options: TaskChecksOptions) {
    this.#options = options;
    const { check, health, healthcheck } = options.spec;
    if (check) this.#startCheck(check);
    if (health) this.#startHealth(health);
    if (healthcheck) this.#startFollowing(healthcheck);
  }

  /** Nothing is probed, and nothing told, until it is resumed: nobody would hear it. */
  pause(): void {
    for (const schedule of this.#schedules) schedule.pause();
    this.#following?.abort(new Error("the checks are paused"));
  }

  resume(): void {
    for (const schedule of this.#schedules) schedule.resume();
    const { healthcheck } = this.#options.spec;
    if (healthcheck && this.#following?.signal.aborted && !this.#ended.signal.aborted)
      this.#startFollowing(healthcheck);
  }

  [Symbol.dispose](): void {
    this.#ended.abort(new Error("the checks have ended"));
    for (const schedule of this.#schedules) schedule[Symbol.dispose]();
  }

  #startCheck({ probe, ...timing }: NonNullable<ChecksSpec["check"]>): void {
    let last = toEmptyResult(probe);
    this.#start(probe, timing, (finding) => {
      const result = toResult(probe, finding);
      if (!result || isSameResult(result, last)) return;
      last = result;
      this.#options.checked(result);
    });
  }

  #startHealth({ probe, ...spec }: HealthSpec): void {
    const { clock, judged, log, containerId } = this.#options;
    const begin = clock.now();
    let state = unseenHealth;
    this.#start(probe, spec, (finding) => {
      const verdict = judgeHealth(state, finding, clock.now() - begin, spec);
      const why = describeFinding(finding);
      if (finding.kind === "unknown") log.warn("a health check could not be made", { container: containerId, why });
      else log.debug("health check", { container: containerId, found: why, failures: verdict.state.failures });
      state = verdict.state;
      if (verdict.tell) judged({ verdict: verdict.tell, why, kill: verdict.kill });
    });
  }

  #startFollowing(manner: HealthcheckManner): void {
    const following = new AbortController();
    this.#following = following;
    const signal = AbortSignal.any([following.signal, this.#ended.signal]);
    this.#follow(manner, signal).catch((error: unknown) => signal.aborted || this.#options.fail(error));
  }

  async #follow(manner: HealthcheckManner, signal: AbortSignal): Promise<void> {
    const { engine, clock, containerId, judged, log } = this.#options;
    for await (const verdict of followHealthcheck(containerId, { engine, clock, signal })) {
      signal.throwIfAborted();
      if (verdict === this.#followed) continue;
      this.#followed = verdict;
      judged({
        verdict,
        why: `HEALTHCHECK says ${verdict}`,
        kill: manner === "kill" && verdict === "unhealthy" ? "yes" : "no",
      });
    }
    log.info("the image has no HEALTHCHECK", { container: containerId });
  }

  #start(probe: Probe, timing: CheckTiming, found: (finding: Finding) => void): void {
    const { clock, fail } = this.#options;
    const makeProbe = (signal: AbortSignal) => this.#probe(probe, signal);
    this.#schedules.push(new CheckSchedule({ timing, clock, probe: makeProbe, found, fail }));
  }

  async #probe(probe: Probe, signal: AbortSignal): Promise<Finding> {
    const { engine, clock, log, containerId, pid } = this.#options;
    if (probe.kind === "command") return await probeCommandIn(containerId, probe, { engine, clock, log, signal });
    if (pid !== undefined) return await probeNetwork(probe, pid, { signal });
    return { kind: "none", why: "the container's network cannot be entered: its daemon runs on another host" };
  }
}
