import { randomUUID } from "node:crypto";
import { messageOf } from "../../../notation/thrown.ts";
import { readOwnUserName } from "../../../runtime/own_user.ts";
import { EmbeddedAgentError } from "../embedded_error.ts";
import { type FrameworkInit, fieldsOf, toFramework } from "../messages.ts";
import { idFaults } from "../rules/id_rules.ts";
import type { AgentCore } from "./core.ts";

/** Numbers of frameworks are written with four digits, as masters do. */
const counterDigits = 4;

/** Makes a framework known and gives its id: its own, or a fresh one. Without a user it is the agent's. */
export function registerFramework(core: AgentCore, init: FrameworkInit): string {
  const counter = String(core.frameworks.size).padStart(counterDigits, "0");
  const id = init.id?.value || `${randomUUID()}-${counter}`;
  const faults = [...idFaults("id", id), ...(core.frameworks.has(id) ? ["its id is in use"] : [])];
  if (faults.length > 0) throw invalid(init, faults.join("; "));
  const filled = {
    ...fieldsOf(init),
    id: { value: id },
    user: init.user || readOwnUserName(),
    checkpoint: init.checkpoint ?? core.settings.checkpoint,
  };
  try {
    core.frameworks.set(id, { id, info: toFramework(filled), executors: new Map(), tasks: new Map() });
  } catch (cause) {
    throw invalid(init, messageOf(cause), cause);
  }
  return id;
}

function invalid(init: FrameworkInit, fault: string, cause?: unknown): EmbeddedAgentError {
  return new EmbeddedAgentError("invalid", `Cannot register framework "${init.name}": ${fault}`, { cause });
}
