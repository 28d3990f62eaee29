import type { ContainerConfig } from "../../docker/mod.ts";
import { TaskError } from "../task/task_error.ts";
import type { TaskSpec } from "../task/task_spec.ts";
import { infraImage } from "./infra_image.ts";
import { listFields, type NetworkParts, namedFields } from "./network_parts.ts";

/** Nobody, by number: an operator who forbids root does not mean this container to be an exception. */
const user = "65534:65534";

/** What a group's containers have in common, while it is put together from all who have a say in it. */
export class InfraDraft {
  readonly #mode: string;
  readonly #config: Record<string, string> = {};
  readonly #lists: Record<string, string[]> = {};
  readonly #sysctls: Record<string, string> = {};
  readonly #exposed: Record<string, Record<string, never>> = {};
  #endpoints: NetworkParts["endpoints"] = {};
  readonly #ports: NetworkParts["ports"][number][] = [];

  /** `mode` is the Engine's NetworkMode. */
  constructor(mode: string) {
    this.#mode = mode;
  }

  /** Adds what one says. Throws {@link TaskError} `invalid` when somebody has said otherwise before. */
  add(parts: NetworkParts): void {
    for (const field of namedFields) this.#say(this.#config, field, parts.config[field], field);
    for (const [name, value] of Object.entries(parts.sysctls)) this.#say(this.#sysctls, name, value, `sysctl ${name}`);
    for (const field of listFields) {
      this.#lists[field] = [...new Set([...(this.#lists[field] ?? []), ...(parts.lists[field] ?? [])])];
    }
    Object.assign(this.#exposed, parts.exposed);
    this.#addEndpoints(parts.endpoints);
    for (const port of parts.ports) this.#addPort(port);
  }

  /** The spec of the container that holds it all. */
  toSpec(groupId: string): TaskSpec {
    const lists = Object.entries(this.#lists).filter(([, items]) => items.length > 0);
    const container: Omit<ContainerConfig, "Image"> = {
      ...this.#config,
      User: user,
      ...(Object.keys(this.#exposed).length > 0 ? { ExposedPorts: this.#exposed } : {}),
      HostConfig: {
        NetworkMode: this.#mode,
        ...Object.fromEntries(lists),
        ...(Object.keys(this.#sysctls).length > 0 ? { Sysctls: this.#sysctls } : {}),
        IpcMode: "shareable",
        ReadonlyRootfs: true,
        CapDrop: ["ALL"],
        SecurityOpt: ["no-new-privileges"],
        LogConfig: { Type: "none" },
      },
      ...(Object.keys(this.#endpoints).length > 0 ? { NetworkingConfig: { EndpointsConfig: this.#endpoints } } : {}),
    };
    // It is no task's; reaping says so of one that was left behind.
    return { ...emptySpec, taskId: `group of ${groupId}`, container, ports: this.#ports };
  }

  #say(fields: Record<string, string>, name: string, value: string | undefined, what: string): void {
    if (value === undefined) return;
    const said = fields[name] ?? value;
    fields[name] = said;
    if (said !== value) throw disagreement(`${what} "${value}"`, `"${said}"`);
  }

  #addEndpoints(endpoints: NetworkParts["endpoints"]): void {
    if (Object.keys(endpoints).length === 0) return;
    if (Object.keys(this.#endpoints).length > 0) {
      if (JSON.stringify(this.#endpoints) === JSON.stringify(endpoints)) return;
      throw disagreement("addresses and aliases of its own", "those of another task");
    }
    this.#endpoints = endpoints;
  }

  #addPort(port: NetworkParts["ports"][number]): void {
    const isSame = (other: typeof port) =>
      other.hostPort === port.hostPort && other.protocol === port.protocol && other.hostIp === port.hostIp;
    const known = this.#ports.find(isSame);
    if (known && known.containerPort !== port.containerPort) {
      throw disagreement(`host port ${port.hostPort} for port ${port.containerPort}`, `it for ${known.containerPort}`);
    }
    if (!known) this.#ports.push(port);
  }
}

function disagreement(wanted: string, said: string): TaskError {
  return new TaskError("invalid", `Cannot use ${wanted}: the group's tasks share one network, which has ${said}`);
}

const emptySpec: Omit<TaskSpec, "taskId" | "container" | "ports"> = {
  image: infraImage,
  pull: "never",
  imageOrigin: "executor",
  mounts: [],
  amounts: {},
  logs: {},
  secrets: [],
  parameters: [],
  operatorOptions: [],
  sources: {},
  warnings: [],
};
