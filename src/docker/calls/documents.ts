// Reads the daemon's documents into the types of engine_documents.ts. Each throws SyntaxError.
import type {
  ContainerEndpoint,
  ContainerHealth,
  ContainerInspect,
  ContainerInspectConfig,
  ContainerLogConfig,
  ContainerState,
  ContainerSummary,
  EngineEvent,
  EngineInfo,
  PublishedPort,
} from "../engine_documents.ts";
import {
  definedOnly,
  flagOf,
  type JsonObject,
  mapOf,
  numberOf,
  requiredTextOf,
  textMapOf,
  textOf,
  textsOf,
  toList,
  toObject,
} from "../json_value.ts";

/** Reads GET /info. */
export function readInfo(value: unknown): EngineInfo {
  const info = toObject(value);
  return definedOnly({
    ID: textOf(info, "ID") ?? "",
    Name: textOf(info, "Name") ?? "",
    ServerVersion: textOf(info, "ServerVersion") ?? "",
    Driver: textOf(info, "Driver") ?? "",
    DriverStatus: readPairs(info, "DriverStatus"),
    CgroupDriver: textOf(info, "CgroupDriver") ?? "",
    CgroupVersion: textOf(info, "CgroupVersion"),
    MemTotal: numberOf(info, "MemTotal") ?? 0,
    NCPU: numberOf(info, "NCPU") ?? 0,
    OSType: textOf(info, "OSType") ?? "",
    Architecture: textOf(info, "Architecture") ?? "",
    KernelVersion: textOf(info, "KernelVersion") ?? "",
    DockerRootDir: textOf(info, "DockerRootDir") ?? "",
    SystemTime: textOf(info, "SystemTime"),
    SwapLimit: flagOf(info, "SwapLimit"),
    PidsLimit: flagOf(info, "PidsLimit"),
    LiveRestoreEnabled: flagOf(info, "LiveRestoreEnabled"),
    LoggingDriver: textOf(info, "LoggingDriver"),
    SecurityOptions: textsOf(info, "SecurityOptions"),
    Runtimes: Object.keys(toObject(info.Runtimes, "Runtimes")),
    Warnings: textsOf(info, "Warnings"),
  });
}

/** Reads a list of pairs, whose first texts name the second ones. */
function readPairs(object: JsonObject, field: string): Readonly<Record<string, string>> {
  const pairs = toList(object[field], field).map((pair) => textsOf({ [field]: pair }, field));
  return Object.fromEntries(pairs.map(([name = "", value = ""]) => [name, value]));
}

/** Reads GET /containers/{id}/json. */
export function readContainer(value: unknown): ContainerInspect {
  const container = toObject(value);
  const hostConfig = toObject(container.HostConfig, "HostConfig");
  const networks = toObject(container.NetworkSettings, "NetworkSettings");
  return {
    Id: requiredTextOf(container, "Id"),
    Name: textOf(container, "Name") ?? "",
    Created: textOf(container, "Created") ?? "",
    Image: textOf(container, "Image") ?? "",
    RestartCount: numberOf(container, "RestartCount") ?? 0,
    State: readState(toObject(container.State, "State")),
    Config: readContainerConfig(toObject(container.Config, "Config")),
    HostConfig: {
      NetworkMode: textOf(hostConfig, "NetworkMode") ?? "",
      CgroupParent: textOf(hostConfig, "CgroupParent") ?? "",
      Memory: numberOf(hostConfig, "Memory") ?? 0,
      ...readLogConfig(hostConfig),
    },
    NetworkSettings: {
      Networks: mapOf(networks, "Networks", readEndpoint),
      Ports: mapOf(networks, "Ports", (list) => toList(list, "Ports").map(readPublishedPort)),
    },
    raw: value,
  };
}

function readState(state: JsonObject): ContainerState {
  return definedOnly({
    Status: textOf(state, "Status") ?? "",
    Running: flagOf(state, "Running") ?? false,
    Paused: flagOf(state, "Paused") ?? false,
    Restarting: flagOf(state, "Restarting") ?? false,
    OOMKilled: flagOf(state, "OOMKilled") ?? false,
    Dead: flagOf(state, "Dead") ?? false,
    Pid: numberOf(state, "Pid") ?? 0,
    ExitCode: numberOf(state, "ExitCode") ?? 0,
    Error: textOf(state, "Error") ?? "",
    StartedAt: textOf(state, "StartedAt") ?? "",
    FinishedAt: textOf(state, "FinishedAt") ?? "",
    Health: readHealth(state.Health),
  });
}

function readLogConfig({ LogConfig: value }: JsonObject): { LogConfig?: ContainerLogConfig } {
  if (value === undefined || value === null) return {};
  const config = toObject(value, "LogConfig");
  return { LogConfig: { Type: textOf(config, "Type") ?? "", Config: textMapOf(config, "Config") } };
}

function readHealth(value: unknown): ContainerHealth | undefined {
  if (value === undefined || value === null) return undefined;
  const health = toObject(value, "Health");
  return { Status: textOf(health, "Status") ?? "", FailingStreak: numberOf(health, "FailingStreak") ?? 0 };
}

function readContainerConfig(config: JsonObject): ContainerInspectConfig {
  return definedOnly({
    Image: textOf(config, "Image") ?? "",
    Labels: textMapOf(config, "Labels"),
    Env: textsOf(config, "Env"),
    Entrypoint: textsOf(config, "Entrypoint"),
    Cmd: textsOf(config, "Cmd"),
    Tty: flagOf(config, "Tty") ?? false,
    User: textOf(config, "User") ?? "",
    WorkingDir: textOf(config, "WorkingDir") ?? "",
    StopSignal: textOf(config, "StopSignal"),
  });
}

function readEndpoint(value: unknown): ContainerEndpoint {
  const endpoint = toObject(value, "Networks");
  return {
    NetworkID: textOf(endpoint, "NetworkID") ?? "",
    IPAddress: textOf(endpoint, "IPAddress") ?? "",
    GlobalIPv6Address: textOf(endpoint, "GlobalIPv6Address") ?? "",
    Gateway: textOf(endpoint, "Gateway") ?? "",
    MacAddress: textOf(endpoint, "MacAddress") ?? "",
  };
}

function readPublishedPort(value: unknown): PublishedPort {
  const port = toObject(value, "Ports");
  return { HostIp: textOf(port, "HostIp") ?? "", HostPort: textOf(port, "HostPort") ?? "" };
}

/** Reads one entry of GET /containers/json. */
export function readSummary(value: unknown): ContainerSummary {
  const container = toObject(value);
  return {
    Id: requiredTextOf(container, "Id"),
    Names: textsOf(container, "Names"),
    Image: textOf(container, "Image") ?? "",
    ImageID: textOf(container, "ImageID") ?? "",
    Created: numberOf(container, "Created") ?? 0,
    State: textOf(container, "State") ?? "",
    Status: textOf(container, "Status") ?? "",
    Labels: textMapOf(container, "Labels"),
  };
}

/** Reads one line of GET /events. */
export function readEvent(value: unknown): EngineEvent {
  const event = toObject(value, "the event");
  const actor = toObject(event.Actor, "Actor");
  const nanoseconds = numberOf(event, "timeNano") ?? (numberOf(event, "time") ?? 0) * 1e9;
  return {
    type: requiredTextOf(event, "Type"),
    action: requiredTextOf(event, "Action"),
    id: textOf(actor, "ID") ?? "",
    attributes: textMapOf(actor, "Attributes"),
    timeMs: nanoseconds / 1e6,
  };
}
