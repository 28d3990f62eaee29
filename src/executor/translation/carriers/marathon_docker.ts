import type { Parameter } from "../parameters/parameter.ts";
import type { NetworkName, StatedVolume, Statement } from "../statement.ts";
import { type ForeignObject, isObject } from "./foreign_object.ts";
import { readPortMappings } from "./marathon_ports.ts";

/** What readings of `container.docker` share. */
export interface MarathonDockerContext {
  source: string;
  offeredPorts?: readonly number[];
  warnings: string[];
}

/**
 * Reads the `container` of Marathon 0.7 to 1.1 but for its image, into what the same app is as TaskInfo.container and
 * TaskInfo.command (contract D.2, D.4). Faults are added to those of the objects.
 */
export function readMarathonDocker(
  app: ForeignObject,
  container: ForeignObject,
  context: MarathonDockerContext,
): Partial<Statement> {
  const docker = container.object("docker");
  if (!docker) return {};
  const ports = readPortMappings(docker, context.offeredPorts);
  const volumes = container.objects("volumes").flatMap((volume) => readVolume(volume, context) ?? []);
  const parameters = readParameters(docker, context.source);
  const network = readNetwork(docker, app);
  const command = readCommand(app);
  return {
    ...(docker.flag("forcePullImage") ? { pull: "always" } : {}),
    ...(docker.flag("privileged") ? { privileged: "yes" } : {}),
    ...(network ? { network } : {}),
    ...(ports.length > 0 ? { ports } : {}),
    ...(volumes.length > 0 ? { volumes } : {}),
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(command ? { command } : {}),
  };
}

/** `cmd` is a line for the shell; `args` are the image's arguments. */
function readCommand(app: ForeignObject): Statement["command"] {
  const args = app.texts("args");
  return app.text("cmd") || (args.length > 0 ? args : undefined);
}

function readNetwork(docker: ForeignObject, app: ForeignObject): NetworkName | undefined {
  const network = docker.text("network")?.toLowerCase();
  switch (network) {
    case undefined:
      return undefined;
    case "host":
    case "bridge":
    case "none":
      return { kind: network };
    case "user": {
      const name = app.object("ipAddress")?.text("networkName");
      return name ? { kind: "user", name } : docker.fault("network", "is USER, and ipAddress.networkName is missing");
    }
    default:
      return docker.fault("network", "is none of HOST, BRIDGE, NONE and USER");
  }
}

/** A list of `{key, value}`, or an object whose values are texts or lists of them. */
function readParameters(docker: ForeignObject, source: string): Parameter[] {
  const value = docker.raw("parameters");
  if (isObject(value)) {
    return Object.entries(value).flatMap(([key, entry]) => {
      const values = (Array.isArray(entry) ? entry : [entry]).map(toText);
      if (values.includes(undefined)) docker.fault(`parameters.${key}`, "is not a text");
      return values.flatMap((text) => (text === undefined ? [] : [{ key, value: text, source }]));
    });
  }
  return docker.objects("parameters").flatMap((parameter) => {
    const key = parameter.text("key");
    const text = toText(parameter.raw("value"));
    if (!key) parameter.fault("key", "is missing");
    if (text === undefined) parameter.fault("value", "is not a text");
    return key && text !== undefined ? [{ key, value: text, source }] : [];
  });
}

function toText(value: unknown): string | undefined {
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean"
    ? String(value)
    : undefined;
}

/** Persistent volumes are in the task's resources as well, and are read from there. */
function readVolume(volume: ForeignObject, { warnings }: MarathonDockerContext): StatedVolume | undefined {
  if (volume.raw("persistent") !== undefined) return undefined;
  const containerPath = volume.text("containerPath");
  const external = volume.object("external");
  const hostPath = external ? external.text("name") : volume.text("hostPath");
  const mode = volume.text("mode")?.toLowerCase();
  if (!containerPath) volume.fault("containerPath", "is missing");
  if (!hostPath) (external ?? volume).fault(external ? "name" : "hostPath", "is missing");
  if (mode !== "rw" && mode !== "ro") return volume.fault("mode", "is neither RW nor RO");
  const driver = external && readDriver(external, warnings);
  if (!containerPath || !hostPath) return undefined;
  return { hostPath, containerPath, mode, ...(driver ? { driver } : {}) };
}

const driverOption = "dvdi/driver";

/** For Docker, Marathon itself uses no other option of an external volume than its driver. */
function readDriver(external: ForeignObject, warnings: string[]): string | undefined {
  if (external.text("provider") !== "dvdi") return external.fault("provider", "is not dvdi");
  const options = external.object("options");
  const driver = options?.text(driverOption);
  if (!options || !driver) return external.fault(`options.${driverOption}`, "is missing");
  for (const name of options.fields()) {
    if (name !== driverOption) warnings.push(`${options.pathOf(name)} is not heeded: it is not for Docker's volumes`);
  }
  return driver;
}
