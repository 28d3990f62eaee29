import assert from "node:assert/strict";
import type { ContainerConfig, ContainerCreate, HostConfig } from "../../../src/docker/mod.ts";
import { admit, type Wanted } from "../../../src/executor/policy/admission.ts";
import { parsePolicy } from "../../../src/executor/policy/document.ts";
import type { Policy } from "../../../src/executor/policy/policy.ts";
import { TaskError } from "../../../src/executor/task/task_error.ts";

/** A policy of these lines, as it comes from a file of the usual name. */
export function policyOf(...lines: string[]): Policy {
  const parsed = parsePolicy(["version: 1", ...lines].join("\n"));
  assert.ok("policy" in parsed, JSON.stringify(parsed));
  return { ...parsed.policy, source: "/etc/policy.yaml" };
}

/** A request for a container that asks for no more than that. */
export function requestOf(host: HostConfig = {}, config: Partial<ContainerConfig> = {}): ContainerCreate {
  return { name: "task-1", body: { Image: "busybox", ...config, HostConfig: host } };
}

/** A task that wants no more than that; its sandbox is /sandbox. */
export function wantedOf(
  host: HostConfig = {},
  more: Partial<Wanted> & { config?: Partial<ContainerConfig> } = {},
): Wanted {
  const { config, ...rest } = more;
  return {
    image: config?.Image ?? "busybox",
    request: requestOf({ Binds: ["/sandbox:/mnt/mesos/sandbox:rw"], ...host }, config),
    hostPaths: [],
    parameters: [],
    own: { paths: ["/sandbox"], securityOptions: [] },
    ...rest,
  };
}

/** What a policy denies, as its message lists it; empty when the task is allowed. */
export function deniedBy(policy: Policy, wanted: Wanted): string[] {
  try {
    admit(policy, wanted);
    return [];
  } catch (error) {
    assert.ok(error instanceof TaskError, String(error));
    assert.equal(error.code, "denied");
    const prefix = "The policy /etc/policy.yaml denies this task: ";
    assert.ok(error.message.startsWith(prefix), error.message);
    return error.message.slice(prefix.length).split("; ");
  }
}
