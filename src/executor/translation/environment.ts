import { type Environment, Environment_Variable_Type, type TaskInfo } from "../../mesos/protocol.ts";
import type { ContainerDraft } from "./container_draft.ts";
import type { OfferedPorts } from "./offered_ports.ts";
import { readSecretText } from "./secret.ts";
import { sandboxTarget } from "./volumes.ts";

/** A variable of a message; what is secret is so whatever it is used for. */
export interface ReadVariable {
  name: string;
  value: string;
  kind: "plain" | "secret";
}

/** Variables of a message, and the values among them that are secret. `field` names it in errors. */
export function readVariables(
  environment: Environment | undefined,
  field: string,
): { variables: ReadVariable[]; secrets: string[] } {
  const variables = (environment?.variables ?? []).map(({ name, type, value, secret }): ReadVariable => {
    if (type !== Environment_Variable_Type.SECRET) return { name, value, kind: "plain" };
    return { name, value: readSecretText(secret, `${field}: variable "${name}"`), kind: "secret" };
  });
  return { variables, secrets: variables.filter(({ kind }) => kind === "secret").map(({ value }) => value) };
}

/** Adds variables of a message over those that are there; gives the values that are secret. */
export function draftVariables(environment: Environment | undefined, field: string, draft: ContainerDraft): string[] {
  const { variables, secrets } = readVariables(environment, field);
  for (const { name, value, kind } of variables) {
    draft.setVariable(name, value, kind === "secret" ? `${field} (secret)` : field);
  }
  return secrets;
}

/**
 * PORT0, PORT1 …, PORT and PORTS from the ports offered, as the first mesos-docker computed them for frameworks that did
 * not (contract D.5): the index counts every port, and a port of 0 gives no variable.
 */
export function draftPortVariables(offered: OfferedPorts, draft: ContainerDraft): void {
  const ports = offered.list();
  const source = "resources.ports";
  for (const [index, port] of ports.entries()) {
    if (port > 0) draft.setVariable(`PORT${index}`, String(port), source);
  }
  if (ports[0]) draft.setVariable("PORT", String(ports[0]), source);
  if (ports.length > 0) draft.setVariable("PORTS", ports.join(","), source);
}

/** Variables that Mesos sets itself, whatever else says them (contract B.2). */
export function draftMesosVariables(task: TaskInfo, containerName: string, draft: ContainerDraft): void {
  const role = task.resources[0]?.allocationInfo?.role;
  draft.setVariable("MESOS_SANDBOX", sandboxTarget, "Mesos");
  draft.setVariable("MESOS_CONTAINER_NAME", containerName, "Mesos");
  if (role) draft.setVariable("MESOS_ALLOCATION_ROLE", role, "resources.allocation_info.role");
}
