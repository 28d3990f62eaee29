import { type Secret, Secret_Type } from "../../mesos/protocol.ts";
import { TaskError } from "../task/task_error.ts";

/**
 * Bytes of a secret that came with the task; `field` names it in errors. References are for the agent's secret
 * resolver, which executors cannot ask. Throws {@link TaskError} `unsupported`, `invalid`.
 */
export function readSecret(secret: Secret | undefined, field: string): Uint8Array {
  if (secret?.type === Secret_Type.VALUE && secret.value) return secret.value.data;
  if (secret?.type === Secret_Type.REFERENCE) {
    const name = secret.reference?.name ?? "";
    throw new TaskError(
      "unsupported",
      `Cannot honour ${field}: secret "${name}" is a REFERENCE, and executors are given only secrets of type VALUE`,
    );
  }
  throw new TaskError("invalid", `Cannot use ${field}: the secret has neither a type nor a value`);
}

/** A secret that must be text. */
export function readSecretText(secret: Secret | undefined, field: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(readSecret(secret, field));
  } catch (cause) {
    if (cause instanceof TaskError) throw cause;
    throw new TaskError("invalid", `Cannot use ${field}: the secret is no text in UTF-8`, { cause });
  }
}
