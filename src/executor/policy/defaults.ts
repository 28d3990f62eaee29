import type { ContainerCreate } from "../../docker/mod.ts";
import type { LogLimits } from "../task/task_spec.ts";
import { type Breach, refuse } from "./breach.ts";
import type { Policy } from "./policy.ts";

/**
 * A request with what the operator adds to every container: labels, which the task cannot say otherwise, a limit on
 * processes where the task names none, no swap where it is denied, and no new privileges where root is denied, since a setuid program of the image
 * would give it. Throws {@link TaskError} `denied` when the task asks for more processes than there may be.
 */
export function applyDefaults(policy: Policy, request: ContainerCreate): ContainerCreate {
  refuse(policy, findLimitBreaches(policy, request));
  const { body } = request;
  const host = body.HostConfig ?? {};
  const pids = host.PidsLimit ?? policy.pidsLimit.default ?? policy.pidsLimit.max;
  const options = host.SecurityOpt ?? [];
  const isTightened = policy.rootUser === "allow" || options.some((option) => option.startsWith("no-new-privileges"));
  return {
    ...request,
    body: {
      ...body,
      Labels: { ...body.Labels, ...policy.labels },
      HostConfig: {
        ...host,
        ...(pids === undefined ? {} : { PidsLimit: pids }),
        ...(policy.swap === "deny" && host.Memory ? { MemorySwap: host.Memory } : {}),
        ...(isTightened ? {} : { SecurityOpt: [...options, "no-new-privileges"] }),
      },
    },
  };
}

/** Limits that a task asks for beyond what the operator grants. */
export function findLimitBreaches(policy: Policy, request: ContainerCreate): Breach[] {
  return [...findPidsBreaches(policy, request), ...findSwapBreaches(policy, request)];
}

/** 0 is what the daemon takes for nothing said. */
function findSwapBreaches({ swap }: Policy, { body }: ContainerCreate): Breach[] {
  const { Memory = 0, MemorySwap = 0 } = body.HostConfig ?? {};
  if (swap === "allow" || MemorySwap === 0 || MemorySwap === Memory) return [];
  return [{ what: "swap", rule: "swap: deny" }];
}

/** What a task asks for beyond the operator's most; 0 and less are without limit. */
function findPidsBreaches({ pidsLimit: { max } }: Policy, { body }: ContainerCreate): Breach[] {
  const asked = body.HostConfig?.PidsLimit;
  if (max === undefined || asked === undefined || (asked > 0 && asked <= max)) return [];
  const what = asked > 0 ? `a limit of ${asked} processes` : "processes without limit";
  return [{ what, rule: `pids_limit.max: ${max}` }];
}

/** How much of a task's output is kept: what it asks for, but no more than the operator allows. */
export function toLogLimits({ logs }: Policy, asked: LogLimits): LogLimits {
  const maxBytes = smallest(asked.maxBytes, logs.maxBytes);
  const maxFiles = smallest(asked.maxFiles, logs.maxFiles);
  return {
    ...(maxBytes === undefined ? {} : { maxBytes }),
    ...(maxFiles === undefined ? {} : { maxFiles }),
  };
}

function smallest(one: number | undefined, other: number | undefined): number | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return Math.min(one, other);
}
