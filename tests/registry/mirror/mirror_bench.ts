import type { MirrorJob, MirrorPlan } from "../../../registry/mirror/mirror_job.ts";
import { planMirror } from "../../../registry/mirror/plan_mirror.ts";
import { runMirror } from "../../../registry/mirror/run_mirror.ts";
import { RegistryError } from "../../../registry/registry_error.ts";
import { UpstreamDouble } from "../pull_through/upstream_double.ts";

/** Repository of the tests. */
export const at = "app";

/** A source and a target whose calls are counted. */
export class MirrorBench {
  readonly source = new UpstreamDouble("source");
  readonly target = new UpstreamDouble("target");
  /** What steps failed by. */
  readonly failures: string[] = [];

  job(more: Partial<MirrorJob> = {}): MirrorJob {
    return {
      source: { registry: this.source.registry, repository: at },
      target: { registry: this.target.registry, repository: at },
      tags: {},
      ...more,
    };
  }

  async run(job: MirrorJob): Promise<string[]> {
    return await this.runPlan(job, await planMirror(job));
  }

  /** `add v1 done` for each step, in the order of their ends. */
  async runPlan(job: MirrorJob, plan: MirrorPlan): Promise<string[]> {
    const told: string[] = [];
    for await (const outcome of runMirror(job, plan)) {
      const { step, kind } = outcome;
      told.push(`${step.kind} ${step.tag} ${kind}`);
      if (outcome.kind === "failed") this.failures.push(RegistryError.from(outcome.error).message);
    }
    return told;
  }

  /** Calls of the target that write. */
  get writes(): string[] {
    return this.target.calls.filter((call) => /^(push|start|resume|mount|delete)/.test(call));
  }
}
